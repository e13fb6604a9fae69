"""Reading a plugin's options: what code, files and variables give, as an object of the class that declares
them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from cocapi.errors import ConfigError
from cocapi.options.declared import REQUIRED, Option, declared, variable
from cocapi.options.environment import warn_of_misspelt
from cocapi.options.kinds import Unfit
from cocapi.options.marks import HIDDEN, conceal, masked, secrets_in, unmasked
from cocapi.text import bare, cited, did_you_mean

__all__ = ["parse_text", "read", "read_value", "refuse_unknown"]

T = TypeVar("T")


def refuse_unknown(values: Mapping[str, Any], known: Collection[str], place: str) -> None:
    """Raise ConfigError for a name that is no setting."""
    for name in values:
        if name not in known:
            raise ConfigError(f"{place} has no setting {cited(name)}{did_you_mean(name, known)}")


def read(options: type[T], plugin: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> T:
    """The options of a plugin. A variable wins over what is given.

    Args:
        options: The dataclass or pydantic model that declares them.
        plugin: Whose they are, as errors name it.
        given: What the configuration says, by option.
        environment: Variables; those that begin with ``COCAPI_`` and the plugin's name are read.

    Raises:
        ConfigError: An unknown name, a value that does not fit, or none where one is needed; it names plugin,
            option, value and what is allowed, and shows no secret.
    """
    known = declared(options)
    for name in given:
        if name not in known:
            names = did_you_mean(str(name), known) if known else "; it takes none"
            raise ConfigError(f"plugins[{plugin!r}] has no option {cited(name)}{names}")
    variables = {name: variable(plugin, name) for name in known}
    warn_of_misspelt(environment, variables.values(), variable(plugin, ""))
    texts = {name: text for name in known if (text := bare(environment.get(variables[name], "")))}
    make: Callable[..., T] = from_model if hasattr(options, "model_validate") else from_dataclass
    return make(options, plugin, given, texts)


def from_dataclass(options: Any, plugin: str, given: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    """The options as an object of a dataclass.

    Args:
        texts: What variables say, by option.
    """
    values = {}
    for name, option in declared(options).items():
        where = f"plugins[{plugin!r}][{name!r}]"
        if name in texts:
            values[name] = parse_text(option, texts[name], f"{variable(plugin, name)}: {where}")
        elif name in given:
            values[name] = read_value(option, given[name], where)
        elif option.default is REQUIRED:
            raise ConfigError(f"{where} is missing: it must be {option.kind.words}")
    try:
        return options(**values)
    except ConfigError:
        raise
    except (TypeError, ValueError) as error:  # of its own __post_init__
        raise ConfigError(f"plugins[{plugin!r}]: {conceal(str(error), secrets_in(values))}") from None


def from_model(options: Any, plugin: str, given: Mapping[str, Any], texts: Mapping[str, str]) -> Any:
    """The options as a pydantic model, which reads and checks them itself; the errors have its words."""
    values = {**unmasked(dict(given)), **texts}
    secrets = [name for name, option in declared(options).items() if option.secret]
    try:
        model = options.model_validate(values)
    except ValueError as error:
        first: dict[str, Any] = error.errors(include_url=False)[0]  # type: ignore[attr-defined]  # pydantic's
        path = "".join(f"[{step!r}]" for step in (plugin, *first["loc"]))
        shown = repr(HIDDEN) if {*first["loc"]} & {*secrets} else cited(first["input"])
        what = "is missing" if first["type"] == "missing" else f"is {shown}"
        given_secrets = secrets_in([masked(values[name]) for name in secrets if name in values])
        message = conceal(first["msg"], given_secrets)
        raise ConfigError(f"plugins{path} {what}: {message}") from None
    return model.model_copy(update={name: masked(getattr(model, name)) for name in secrets})


def read_value(option: Option, value: Any, where: str) -> Any:
    """A value that code or a file gives, as the option has it.

    Args:
        where: How an error names it.

    Raises:
        ConfigError: It does not fit.
    """
    return fitted(option, option.kind.read, value, where)


def parse_text(option: Option, text: str, where: str) -> Any:
    """A variable's text as a value of the option. Arguments and errors are those of `read_value`."""
    return fitted(option, option.kind.parse, text, where)


def fitted(option: Option, way: Callable[[Any], Any], value: Any, where: str) -> Any:
    try:
        fit = way(value)
    except Unfit:
        shown = repr(HIDDEN) if option.secret else cited(unmasked(value))
        raise ConfigError(f"{where} is {shown}: it must be {option.kind.words}") from None
    return masked(fit) if option.secret else fit

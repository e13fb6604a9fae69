"""Times: plain datetimes in UTC, written again as the API writes them.

The API writes ``20251001T080000.000Z`` nearly everywhere and ``2026-03-11T18:14:44Z`` in ranked groups; a
field knows which is its own. A time that came in another form is read as well, and the model keeps its text
beside it (`keep`): a datetime has no room for that, and a subclass of it is refused by sqlite3 and orjson.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cocapi.interrupts import reraise

__all__ = ["RankedTimestamp", "Reading", "Timestamp", "Written", "keep"]

KEPT = "texts of times"
"""Where a model keeps them: a key of ``__dict__`` that no field and no attribute can have."""


def basic(moment: datetime) -> str:
    """``20251001T080000.000Z``"""
    return f"{iso(moment, 'milliseconds').replace('-', '').replace(':', '')}Z"


def extended(moment: datetime) -> str:
    """``2026-03-11T18:14:44Z``, or with milliseconds: ``2026-03-11T18:14:44.120Z``"""
    return f"{iso(moment, 'milliseconds' if moment.microsecond else 'seconds')}Z"


def iso(moment: datetime, parts: str) -> str:
    """A time in UTC without its zone, down to these parts, or to microseconds where it has them."""
    return moment.isoformat(timespec="microseconds" if moment.microsecond % 1000 else parts)[:-6]


def read(value: object) -> datetime:
    """The time that a text says, or that a datetime of any kind is, as a plain datetime in UTC.

    Raises:
        PydanticCustomError: It is neither, has no zone, or is out of a datetime's range.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime) and moment.utcoffset() is not None:
            moment = moment.astimezone(UTC)
            return datetime.combine(moment.date(), moment.time(), UTC)
    except (ValueError, OverflowError) as error:
        reraise(error)
    raise PydanticCustomError("time", "Input should be a time with a zone, as 20251001T080000.000Z")


@dataclass(slots=True)
class Reading:
    """The context of one reading by pydantic.

    Attributes:
        otherwise: Whether a time came in another form than its field's, so that its text has to be kept.
    """

    otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """Tells pydantic how a field's time is read and written.

    Attributes:
        form: How the API writes it in this field.
    """

    form: Callable[[datetime], str]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from text or datetime; a datetime in Python, the wire's text in JSON."""
        return core_schema.with_info_plain_validator_function(
            self.read,
            serialization=core_schema.plain_serializer_function_ser_schema(self.text, when_used="json"),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """A text. It is no ``date-time``, for that is RFC 3339, which has separators."""
        return {"type": "string", "examples": [self.form(datetime(2025, 10, 1, 8, tzinfo=UTC))]}

    def read(self, value: object, info: core_schema.ValidationInfo) -> datetime:
        """`read`, telling the `Reading` that this is part of when it was written otherwise."""
        moment = read(value)
        if isinstance(info.context, Reading) and self.otherwise(value, moment):
            info.context.otherwise = True
        return moment

    def otherwise(self, value: object, moment: object) -> bool:
        """Whether `moment` came as a text that this would not write."""
        return isinstance(value, str) and isinstance(moment, datetime) and self.form(moment) != value

    def usual(self, text: str) -> datetime:
        """The time that a text of this form says.

        Raises:
            ValueError: It says none, or in another form.
        """
        moment = read(text)
        if self.form(moment) != text:
            raise ValueError("a time in another form than its field's")
        return moment

    def text(self, moment: object) -> object:
        """What comes over the wire for a time of any zone; what is none is left as it is."""
        try:
            return self.form(read(moment)) if isinstance(moment, datetime) else moment
        except PydanticCustomError:  # without a zone, as only `model_construct` and `model_copy` let in
            return moment

    def in_model(self) -> core_schema.SerSchema:
        """How a field of a `Model` is written: as `text`, or as what the model has kept."""
        return core_schema.plain_serializer_function_ser_schema(
            self.kept_text, is_field_serializer=True, info_arg=True, when_used="json"
        )

    def kept_text(self, model: object, moment: object, info: core_schema.FieldSerializationInfo) -> object:
        """What came over the wire, as long as the field has the time that came."""
        text = kept(model).get(info.field_name)
        return self.text(moment) if text is None or read(text) != moment else text


Timestamp = Annotated[datetime, Written(basic)]
"""A time, in UTC; in JSON ``20251001T080000.000Z``. To a type checker and in every use it is a datetime."""

RankedTimestamp = Annotated[datetime, Written(extended)]
"""The same; in JSON ``2026-03-11T18:14:44Z``, as ranked groups have it."""


def keep(model: object, texts: Mapping[str, str]) -> None:
    """Have a model remember the texts of times, by field, that its fields would write otherwise."""
    vars(model)[KEPT] = dict(texts)


def kept(model: object) -> Mapping[str, str]:
    """The texts that a model remembers, by field; nearly always none."""
    texts: Mapping[str, str] = getattr(model, "__dict__", {}).get(KEPT, {})
    return texts

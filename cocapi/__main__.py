"""``python -m cocapi``: the console script, which a plugin offers."""

from importlib.metadata import entry_points

if __name__ == "__main__":
    next(iter(entry_points(group="console_scripts", name="cocapi"))).load()()

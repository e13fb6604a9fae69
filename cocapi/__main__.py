"""``python -m cocapi``: the command line, which is a plugin."""

import runpy

if __name__ == "__main__":
    runpy.run_module("cocapi_cli", run_name="__main__", alter_sys=True)

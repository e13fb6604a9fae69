"""Failures as dicts, and as exceptions."""

from _setting import TOKEN, settings

from cocapi import CocApi, CocApiError, NotFound

with CocApi(TOKEN, config=settings()) as api:
    answer = api.clan_tag("#VV")
    print(answer["error_type"], answer["status_code"], answer["reason"])

    strict = api.with_options(raise_errors=True)
    try:
        strict.clan_tag("#VV")
    except NotFound as error:
        print(f"{error.operation}: {error.reason}")
    except CocApiError as error:
        print(f"something else: {error}")

"""cocapi 4.0.1, synchronous: 0 tasks."""

import sys

from turns import in_thread, serve

from cocapi import ApiConfig, CocApi

api = CocApi("token", config=ApiConfig(base_url=sys.argv[1], enable_caching=False, timeout=5))

serve(lambda kind, tasks, seconds: in_thread(lambda: api.clan_tag("#2PP"), seconds))

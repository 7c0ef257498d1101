#!/usr/bin/env sh
# Prints where a Redis server is that can end TLS: the machine's own, or Debian's. The latter is in the package of the
# tools, where it is called redis-check-rdb: that of the server would start a service.
if command -v redis-server; then
  exit 0
fi
tool=$(command -v redis-check-rdb)
if [ -z "$tool" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get install --yes -qq redis-tools >/dev/null 2>&1 || { apt-get update -qq && apt-get install --yes -qq redis-tools >/dev/null; } >&2
  tool=$(command -v redis-check-rdb)
fi
if [ -z "$tool" ]; then
  echo "make redis-demo needs a Redis server: install your system's package of it" >&2
  exit 1
fi
mkdir -p build
ln -sf "$tool" build/redis-server  # by this name it is the server
echo build/redis-server

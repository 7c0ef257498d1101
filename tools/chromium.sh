#!/usr/bin/env sh
# Sees that there is a Chromium: Debian's is installed where that is possible without asking.
for each in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$each" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get install --yes -qq chromium >/dev/null 2>&1 || { apt-get update -qq && apt-get install --yes -qq chromium >/dev/null; }
else
  echo "make sheet-test needs Chromium: install your system's package of it" >&2
  exit 1
fi

#!/bin/sh
# Runs the tree-sitter CLI that grammar/src was generated with: the one on the PATH when it has that version, or else
# Debian's own package, unpacked (not installed) into a cache folder beside the C library that it was linked with.
#
# The npm package tree-sitter-cli downloads its program from elsewhere when it is installed, and Debian 12 has none.
# Debian's archive serves every suite under the address that this machine uses already, so none is written down here.
set -eu
version=0.26.11
suite=forky

if command -v tree-sitter >/dev/null && tree-sitter --version | grep -qF "$version"; then
  exec tree-sitter "$@"
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/corewalk/tree-sitter-$version
program=$cache/root/usr/bin/tree-sitter
if [ ! -x "$program" ]; then
  rm -rf "$cache"
  mkdir -p "$cache/lists/partial" "$cache/sources" "$cache/root"
  # The first paragraph of the machine's own list of archives, with the suite's name put in.
  awk 'NF == 0 && seen { exit } /^URIs:/ { seen = 1 } { print }' /etc/apt/sources.list.d/debian.sources |
    sed -e '/^#/d' -e "s/^Suites:.*/Suites: $suite/" >"$cache/sources/$suite.sources"
  options="-o Dir::State::lists=$cache/lists -o Dir::Etc::sourcelist=/dev/null"
  options="$options -o Dir::Etc::sourceparts=$cache/sources -o APT::Sandbox::User=root"
  # shellcheck disable=SC2086 # the options hold no blanks of their own
  (
    cd "$cache"
    apt-get $options -qq update
    apt-get $options -qq download tree-sitter-cli libc6 libgcc-s1
  ) >&2
  for package in "$cache"/*.deb; do dpkg-deb -x "$package" "$cache/root"; done
  rm -rf "$cache"/*.deb "$cache/lists" "$cache/sources"
fi

library=$cache/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo x86_64-linux-gnu)
for loader in "$library"/ld-linux-*.so.*; do
  exec "$loader" --library-path "$library" "$program" "$@"
done

#!/bin/sh
# The worlds are drawn with OpenGL. Where no OpenGL can be opened, install Mesa's software renderer if this machine
# lets us, and say what to do if it does not.
set -eu
PYTHON=${PYTHON:-python3}

can_draw() {
    "$PYTHON" -c 'from oner.worlds.renderer import gpu; gpu()' >/dev/null 2>&1
}

can_draw && exit 0
packages="libegl1 libgl1-mesa-dri libgl1"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo"; else as_root="no"; fi
    if [ "$as_root" != no ]; then
        echo "Installing $packages (OpenGL in software) ..."
        $as_root apt-get update -qq && $as_root apt-get install -y -qq $packages >/dev/null
        can_draw && exit 0
    fi
fi
cat >&2 <<EOF
OpenGL cannot be opened on this machine, and the worlds are drawn with it. Install it and run the command again:
  Debian, Ubuntu:  sudo apt-get install $packages
  Fedora:          sudo dnf install mesa-libEGL mesa-libGL mesa-dri-drivers
  Arch:            sudo pacman -S mesa
What exactly fails:  .venv/bin/oner doctor
EOF
exit 1

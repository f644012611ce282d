#!/bin/sh
# Makes libraries to link the plugin with, so that it loads on glibc 2.31
# (Debian 11) wherever it is built.
#
#   CC=gcc glibc.sh DIRECTORY
#
# glibc 2.34 moved the functions of libpthread, libdl and libresolv into libc,
# under a new version; what is linked there needs that version. The old names
# are still there, for what was linked before. The libraries made here hold these
# names and nothing else: linked with them, the plugin asks for libpthread.so.0
# and the others as if it had been linked on Debian 11. A test (tests/dist) fails
# when the plugin needs a function that is missing here.
set -eu
dir=$1
cc=${CC:-gcc}

case $($cc -dumpmachine) in
x86_64-*) version=GLIBC_2.2.5 ;;
aarch64-*) version=GLIBC_2.17 ;;
*) echo "glibc.sh: no known glibc for $($cc -dumpmachine)" >&2; exit 1 ;;
esac

# library NAME SONAME FUNCTION…
library() {
	name=$1 soname=$2
	shift 2
	echo "$version { global: $(printf '%s; ' "$@") local: *; };" >"$dir/$name.map"
	printf 'void %s(void) {}\n' "$@" |
		$cc -x c -w -fno-builtin -fPIC -shared -nostdlib -o "$dir/lib$name.so" - \
			-Wl,-soname,"$soname" -Wl,--version-script,"$dir/$name.map"
}

mkdir -p "$dir"
library pthread libpthread.so.0 \
	pthread_attr_getstack pthread_attr_getstacksize pthread_create pthread_getattr_np \
	pthread_key_create pthread_mutex_trylock pthread_once pthread_setspecific pthread_sigmask
library dl libdl.so.2 dladdr dlsym
library resolv libresolv.so.2 __res_search

# The old libresolv has res_search under this name only; its header renamed it.
$cc -x c -O2 -fPIC -fvisibility=hidden -c -o "$dir/res_search.o" - <<'C'
int __res_search(const char *name, int class, int type, unsigned char *answer, int size);
int res_search(const char *name, int class, int type, unsigned char *answer, int size)
{
	return __res_search(name, class, type, answer, size);
}
C

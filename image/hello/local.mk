# SPDX-License-Identifier: Apache-2.0
#
# The image `hello` and the read-only store that is installed with it.

noinst_PROGRAMS += image/hello/hello image/hello/make-store

# No C library and no sanitizer: the program must be static on every host.
image_hello_hello_SOURCES = image/hello/hello.c
image_hello_hello_CPPFLAGS =
image_hello_hello_CFLAGS = -std=gnu17 -Os -static -nostdlib -ffreestanding -fno-pie -fno-stack-protector \
	-U_FORTIFY_SOURCE
image_hello_hello_LDFLAGS = -static -nostdlib -Wl,--build-id=none
image_hello_hello_LDADD =

image_hello_make_store_SOURCES = image/hello/make-store.c
image_hello_make_store_LDADD = image/liblayer.a image/libimage.a base/libsha256.a base/libbase.a \
	$(JANSSON_LIBS) $(ZSTD_LIBS) $(LZMA_LIBS) $(INFLATE_LIBS) $(CRYPTO_LIBS)

all-local: image/hello/store/oci.stamp
image/hello/store/oci.stamp: image/hello/hello$(EXEEXT) image/hello/make-store$(EXEEXT)
	$(AM_V_GEN)rm -rf image/hello/store && image/hello/make-store image/hello/store image/hello/hello$(EXEEXT) && touch $@

# The store that is made is private, as every store; the installed one is for all to read.
install-data-hook:
	rm -rf '$(DESTDIR)$(pkgdatadir)/store'
	$(MKDIR_P) '$(DESTDIR)$(pkgdatadir)/store'
	cp -R image/hello/store/images image/hello/store/layers '$(DESTDIR)$(pkgdatadir)/store/'
	chmod -R a+rX,go-w '$(DESTDIR)$(pkgdatadir)/store'

uninstall-hook:
	rm -rf '$(DESTDIR)$(pkgdatadir)/store'

clean-local:
	rm -rf image/hello/store

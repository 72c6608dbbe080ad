# SPDX-License-Identifier: Apache-2.0
#
# Images: names, documents, the store. Unpacking and packing layers is a library of its
# own, since it needs libcrypto and the decompressors: only modules and tests link it.

noinst_LIBRARIES += image/libimage.a image/liblayer.a

image_libimage_a_SOURCES = \
	image/artifact.c image/artifact.h \
	image/config.c image/config.h \
	image/config-change.c image/config-change.h \
	image/config-encode.c \
	image/descriptor.c image/descriptor.h \
	image/digest.c image/digest.h \
	image/hard-links.c image/hard-links.h \
	image/index-edit.c image/index-edit.h \
	image/layer-blobs.c image/layer-blobs.h \
	image/layer-implied.c image/layer-implied.h \
	image/layer-info.c image/layer.h \
	image/layer-partial.c image/layer-partial.h \
	image/manifest.c image/manifest.h \
	image/manifest-layers.c image/manifest-layers.h \
	image/merged-tree.c image/merged-tree.h \
	image/platform.c image/platform.h \
	image/reference.c image/reference.h \
	image/store.c image/store.h image/store-internal.h \
	image/store-images.c \
	image/store-index.c \
	image/store-item-change.c \
	image/store-item-holdings.c \
	image/store-items.c image/store-items.h \
	image/store-layers.c \
	image/store-names.c \
	image/store-prune.c \
	image/store-remove.c \
	image/store-reserve.c \
	image/store-usage.c image/store-usage.h \
	image/tar-write.c image/tar-write.h \
	image/transport-name.c image/transport-name.h \
	image/tree-file.c image/tree-file.h

image_liblayer_a_SOURCES = \
	image/child-streams.c image/child-streams.h \
	image/archive.c image/archive.h image/archive-internal.h \
	image/archive-dir.c \
	image/archive-docker.c \
	image/archive-files.c image/archive-files.h \
	image/archive-layers.c image/archive-layers.h \
	image/archive-oci.c \
	image/archive-spool.c image/archive-spool.h \
	image/compress.c image/compress.h image/compress-codec.h \
	image/compress-gzip.c \
	image/compress-zstd.c \
	image/decompress.c image/decompress.h image/decompress-codec.h \
	image/decompress-gzip.c \
	image/decompress-xz.c \
	image/decompress-zstd.c \
	image/image-record.c image/image-record.h \
	image/layer-attributes.c \
	image/layer-confine.c image/layer-confine.h \
	image/layer-create.c image/layer-create.h \
	image/layer-directories.c \
	image/layer-entry.c \
	image/layer-intake.c image/layer-intake.h \
	image/layer-pack.c \
	image/layer-packer.c image/layer-packer.h \
	image/layer-parents.c \
	image/layer-path.c \
	image/layer-record.c image/layer-record.h \
	image/layer-remove.c \
	image/layer-spill.c \
	image/layer-unpack.c image/layer-unpack.h \
	image/layer-unpacker.c image/layer-unpacker.h \
	image/layer-whiteout.c \
	image/load.c image/load.h \
	image/save.c image/save.h \
	image/save-sink.c image/save-sink.h \
	image/tar.c image/tar.h image/tar-format.h \
	image/tar-header.c \
	image/tar-pax.c \
	image/tar-sparse.c \
	image/tar-xattr.c

# What a program links to use them.
image_libs = image/libimage.a base/libbase.a $(JANSSON_LIBS)
layer_libs = image/liblayer.a image/libimage.a base/libsha256.a base/libbase.a \
	$(JANSSON_LIBS) $(ZSTD_LIBS) $(LZMA_LIBS) $(INFLATE_LIBS) $(CRYPTO_LIBS)

store_fixture = tests/unit/store-fixture.h tests/unit/scratch.h
store_test_libs = base/libsha256.a $(image_libs) $(CRYPTO_LIBS) $(CMOCKA_LIBS)

unit_tests += \
	tests/unit/archive \
	tests/unit/artifact \
	tests/unit/compress \
	tests/unit/manifest-layers \
	tests/unit/packer \
	tests/unit/config \
	tests/unit/config-change \
	tests/unit/decompress \
	tests/unit/digest \
	tests/unit/index-edit \
	tests/unit/layer \
	tests/unit/layer-blobs \
	tests/unit/layer-create \
	tests/unit/manifest \
	tests/unit/platform \
	tests/unit/reference \
	tests/unit/store \
	tests/unit/store-items \
	tests/unit/store-layers \
	tests/unit/store-remove \
	tests/unit/store-usage \
	tests/unit/tar \
	tests/unit/tar-write \
	tests/unit/transport-name \
	tests/unit/unpacker

tests_unit_compress_SOURCES = tests/unit/compress.c
tests_unit_compress_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_manifest_layers_SOURCES = tests/unit/manifest-layers.c
tests_unit_manifest_layers_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_packer_SOURCES = tests/unit/packer.c tests/unit/scratch.h tests/unit/tar-builder.h
tests_unit_packer_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_artifact_SOURCES = tests/unit/artifact.c
tests_unit_artifact_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_index_edit_SOURCES = tests/unit/index-edit.c
tests_unit_index_edit_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_store_items_SOURCES = tests/unit/store-items.c $(store_fixture)
tests_unit_store_items_LDADD = $(store_test_libs)
tests_unit_archive_SOURCES = tests/unit/archive.c tests/unit/tar-builder.h tests/unit/scratch.h
tests_unit_archive_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_config_change_SOURCES = tests/unit/config-change.c
tests_unit_config_change_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_config_SOURCES = tests/unit/config.c
tests_unit_config_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_decompress_SOURCES = tests/unit/decompress.c tests/unit/tar-builder.h
tests_unit_decompress_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_digest_SOURCES = tests/unit/digest.c
tests_unit_digest_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_layer_SOURCES = tests/unit/layer.c tests/unit/tar-builder.h tests/unit/scratch.h
tests_unit_layer_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_layer_create_SOURCES = tests/unit/layer-create.c tests/unit/tar-builder.h \
	tests/unit/scratch.h
tests_unit_layer_create_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_layer_blobs_SOURCES = tests/unit/layer-blobs.c tests/unit/scratch.h
tests_unit_layer_blobs_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_manifest_SOURCES = tests/unit/manifest.c
tests_unit_manifest_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_platform_SOURCES = tests/unit/platform.c
tests_unit_platform_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_reference_SOURCES = tests/unit/reference.c
tests_unit_reference_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_store_SOURCES = tests/unit/store.c $(store_fixture)
tests_unit_store_LDADD = $(store_test_libs)
tests_unit_store_layers_SOURCES = tests/unit/store-layers.c $(store_fixture)
tests_unit_store_layers_LDADD = $(store_test_libs)
tests_unit_store_remove_SOURCES = tests/unit/store-remove.c $(store_fixture)
tests_unit_store_remove_LDADD = $(store_test_libs)
tests_unit_store_usage_SOURCES = tests/unit/store-usage.c $(store_fixture)
tests_unit_store_usage_LDADD = $(store_test_libs)
tests_unit_tar_SOURCES = tests/unit/tar.c tests/unit/tar-builder.h
tests_unit_tar_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_tar_write_SOURCES = tests/unit/tar-write.c tests/unit/tar-builder.h
tests_unit_tar_write_LDADD = $(layer_libs) $(CMOCKA_LIBS)
tests_unit_transport_name_SOURCES = tests/unit/transport-name.c
tests_unit_transport_name_LDADD = $(image_libs) $(CMOCKA_LIBS)
tests_unit_unpacker_SOURCES = tests/unit/unpacker.c tests/unit/scratch.h tests/unit/tar-builder.h
tests_unit_unpacker_LDADD = $(layer_libs) $(CMOCKA_LIBS)

fuzz_main = tests/fuzz/main.c tests/fuzz/fuzz.h

fuzz_targets += \
	tests/fuzz/artifact \
	tests/fuzz/config \
	tests/fuzz/decompress \
	tests/fuzz/manifest \
	tests/fuzz/reference \
	tests/fuzz/tar

tests_fuzz_artifact_SOURCES = tests/fuzz/artifact.c $(fuzz_main)
tests_fuzz_artifact_LDADD = $(image_libs)
tests_fuzz_config_SOURCES = tests/fuzz/config.c $(fuzz_main)
tests_fuzz_config_LDADD = $(image_libs)
tests_fuzz_decompress_SOURCES = tests/fuzz/decompress.c $(fuzz_main)
tests_fuzz_decompress_LDADD = $(layer_libs)
tests_fuzz_manifest_SOURCES = tests/fuzz/manifest.c $(fuzz_main)
tests_fuzz_manifest_LDADD = $(image_libs)
tests_fuzz_reference_SOURCES = tests/fuzz/reference.c $(fuzz_main)
tests_fuzz_reference_LDADD = $(image_libs)
tests_fuzz_tar_SOURCES = tests/fuzz/tar.c $(fuzz_main)
tests_fuzz_tar_LDADD = $(layer_libs)

# Layers from the shell, for tests/checks/layers.sh.
check_PROGRAMS += tests/tools/layer
tests_tools_layer_SOURCES = tests/tools/layer.c
tests_tools_layer_LDADD = $(layer_libs)

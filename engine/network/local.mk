# SPDX-License-Identifier: Apache-2.0
#
# The program links libnetwork.a; what needs libmnl and libnftnl is the module network.so,
# loaded for the moment in which a container of root is connected or taken off.

noinst_LIBRARIES += engine/network/libnetwork.a

engine_network_libnetwork_a_SOURCES = \
	engine/network/bridge.h \
	engine/network/bridge-call.c \
	engine/network/hosts.c \
	engine/network/leases.c engine/network/leases.h \
	engine/network/network.c engine/network/network.h \
	engine/network/port-connection.c engine/network/port-connection.h \
	engine/network/port-forwarder.c \
	engine/network/port-listener.c engine/network/port-listener.h \
	engine/network/ports.c engine/network/ports.h \
	engine/network/resolv-conf.c engine/network/resolv-conf.h

network_libs = rootless/librootless.a base/libbase.a $(JANSSON_LIBS)

# In a library of their own for the unit tests of leases and definitions.
noinst_LIBRARIES += engine/network/libbridge.a
engine_network_libbridge_a_SOURCES = \
	engine/network/bridge-host.c engine/network/bridge-host.h \
	engine/network/bridge-sweep.c engine/network/bridge-sweep.h \
	engine/network/definition.c engine/network/definition.h \
	engine/network/nat.c engine/network/nat.h \
	engine/network/nat-rules.c engine/network/nat-rules.h \
	engine/network/netlink.c engine/network/netlink.h \
	engine/network/nft.c engine/network/nft.h

module_PROGRAMS += engine/network/network.so
engine_network_network_so_SOURCES = engine/network/bridge.c
engine_network_network_so_LDFLAGS = $(module_link_flags)
engine_network_network_so_LDADD = engine/network/libbridge.a engine/network/libnetwork.a \
	$(network_libs) $(NFTNL_LIBS) $(MNL_LIBS)

unit_tests += \
	tests/unit/network \
	tests/unit/ports

tests_unit_network_SOURCES = tests/unit/network.c tests/unit/scratch.h
tests_unit_network_LDADD = engine/network/libbridge.a engine/network/libnetwork.a $(network_libs) \
	$(CMOCKA_LIBS) -ldl
tests_unit_ports_SOURCES = tests/unit/ports.c
tests_unit_ports_LDADD = engine/network/libnetwork.a $(network_libs) $(CMOCKA_LIBS) -ldl

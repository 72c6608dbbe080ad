# SPDX-License-Identifier: Apache-2.0
#
# Units of systemd that start containers with a restart policy after boot: one for the system, one
# for users, from one file.

systemdsystemunitdir = $(prefix)/lib/systemd/system
systemduserunitdir = $(prefix)/lib/systemd/user
systemdsystemunit_DATA = contrib/system/proa-restart.service
systemduserunit_DATA = contrib/user/proa-restart.service
EXTRA_DIST += contrib/proa-restart.service.in
CLEANFILES += $(systemdsystemunit_DATA) $(systemduserunit_DATA)

contrib/system/proa-restart.service: contrib/proa-restart.service.in
	$(AM_V_GEN)mkdir -p contrib/system && sed -e 's,@bindir@,$(bindir),' \
		-e 's,@target@,multi-user.target,' $(srcdir)/contrib/proa-restart.service.in >$@

contrib/user/proa-restart.service: contrib/proa-restart.service.in
	$(AM_V_GEN)mkdir -p contrib/user && sed -e 's,@bindir@,$(bindir),' \
		-e 's,@target@,default.target,' $(srcdir)/contrib/proa-restart.service.in >$@

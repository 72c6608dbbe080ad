/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and switches of the host's network namespace. */
#include "engine/network/bridge-host.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "rootless/routes.h"

#define FORWARDING_PATH "/proc/sys/net/ipv4/ip_forward"
#define FORWARDING_SIZE_MAX 16
#define MTU_DEFAULT 1500
#define MTU_MIN 1280

uint32_t host_mtu(void)
{
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_mtu = 0 };

	if (fd < 0 || !routes_default_interface(request.ifr_name, sizeof(request.ifr_name)) ||
	    ioctl(fd, SIOCGIFMTU, &request) < 0 || request.ifr_mtu < MTU_MIN)
		return MTU_DEFAULT;
	return (uint32_t)request.ifr_mtu;
}

int host_allow_forwarding(struct error *err)
{
	auto_error unread = { 0 };
	auto_free char *now =
		file_read_line(AT_FDCWD, FORWARDING_PATH, FORWARDING_SIZE_MAX, &unread);
	auto_fd int fd = -1;

	if (now && strcmp(now, "1") == 0)
		return 0;
	fd = open(FORWARDING_PATH, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "1", 1) == 1)
		return 0;
	error_errno(err, "cannot allow this machine to route");
	return error_remedy(err, "sysctl -w net.ipv4.ip_forward=1");
}

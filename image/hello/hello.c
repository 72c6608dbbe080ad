/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of the image `hello`: greets, and says what just happened, as far as
 * it can see it from inside.
 *
 * It uses no C library, so that it is static everywhere and a few kilobytes.
 */
#include <stddef.h>

#if defined(__x86_64__)
enum { SYS_write = 1, SYS_getpid = 39, SYS_exit = 60, SYS_uname = 63, SYS_getuid = 102 };

static long system_call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}
#define START "_start: xor %ebp, %ebp; and $-16, %rsp; call hello"
#elif defined(__aarch64__)
enum { SYS_write = 64, SYS_exit = 93, SYS_uname = 160, SYS_getpid = 172, SYS_getuid = 174 };

static long system_call(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}
#define START "_start: mov x29, 0; bl hello"
#elif defined(__riscv) && __riscv_xlen == 64
enum { SYS_write = 64, SYS_exit = 93, SYS_uname = 160, SYS_getpid = 172, SYS_getuid = 174 };

static long system_call(long number, long a, long b, long c)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
}
#define START "_start: call hello"
#else
#error "image/hello/hello.c: system calls of this architecture are not known"
#endif

__asm__(".text\n.globl _start\n" START "\n");

struct uname_texts {	/* struct new_utsname of the kernel */
	char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

static void say(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	while (size > 0) {
		long written = system_call(SYS_write, 1, (long)text, (long)size);

		if (written <= 0)
			system_call(SYS_exit, 1, 0, 0);
		text += written;
		size -= (size_t)written;
	}
}

static void say_number(long number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	say(digits + at);
}

__attribute__((noreturn, used)) void hello(void)
{
	struct uname_texts host;
	long pid = system_call(SYS_getpid, 0, 0, 0);

	say("\nHello from a container!\n\n"
	    "This is what just happened:\n"
	    " 1. proa found the image \"hello\" in the store that came with its installation.\n"
	    " 2. It made a container of it: an overlay of the image's layer and a fresh one\n"
	    "    for changes, mounted where only this container can see it.\n"
	    " 3. It started this program inside, as ");
	if (pid == 1)
		say("the first process ");
	say("(pid ");
	say_number(pid);
	say(", user ");
	say_number(system_call(SYS_getuid, 0, 0, 0));
	say(")\n    on ");
	if (system_call(SYS_uname, (long)&host, 0, 0) == 0) {
		say("a host named ");
		say(host.node);
		say(", Linux ");
		say(host.release);
	} else {
		say("Linux");
	}
	say(".\n 4. A supervisor, forked by the command you typed, carried this text to you.\n"
	    "    It ends with this program. No daemon ran, and none is left running.\n\n"
	    "Try something bigger:\n"
	    "    proa run -it --rm debian bash\n\n");
	system_call(SYS_exit, 0, 0, 0);
	__builtin_unreachable();
}

"""Which system calls a program may make, as filters that the kernel runs.

The list names what is refused: an honest program of any language meets none of it. Whatever is newer than the list is
refused too, as if the kernel were older. The zygote installs the filter on itself, for its children inherit it for
nothing, and it needs none of these calls: what privileges are left are the launcher's.
"""

from __future__ import annotations

import errno
import struct

from .kernel import ARCHITECTURE

# name: number on x86_64, number on aarch64 (- where there is none)
_REFUSED = """
socket 41 198 / connect 42 203 / accept 43 202 / accept4 288 242 / bind 49 200 / listen 50 201
ptrace 101 117 / process_vm_readv 310 270 / process_vm_writev 311 271 / kcmp 312 272 / pidfd_getfd 438 438
process_madvise 440 440 / process_mrelease 448 448 / move_pages 279 239 / migrate_pages 256 238
add_key 248 217 / request_key 249 218 / keyctl 250 219 / memfd_secret 447 447
bpf 321 280 / perf_event_open 298 241 / userfaultfd 323 282
io_uring_setup 425 425 / io_uring_enter 426 426 / io_uring_register 427 427
mount 165 40 / umount2 166 39
unshare 272 97 / setns 308 268 / pivot_root 155 41 / chroot 161 51 / open_tree 428 428 / move_mount 429 429
fsopen 430 430 / fsconfig 431 431 / fsmount 432 432 / fspick 433 433 / mount_setattr 442 442
statmount 457 457 / listmount 458 458 / swapon 167 224 / swapoff 168 225 / quotactl 179 60 / quotactl_fd 443 443
kexec_load 246 104 / kexec_file_load 320 294 / init_module 175 105 / finit_module 313 273 / delete_module 176 106
reboot 169 142 / syslog 103 116 / acct 163 89 / settimeofday 164 170 / clock_settime 227 112 / adjtimex 159 171
clock_adjtime 305 266 / sethostname 170 161 / setdomainname 171 162 / iopl 172 - / ioperm 173 - / vhangup 153 58
lookup_dcookie 212 18 / nfsservctl 180 42 / personality 135 92 / modify_ldt 154 - / uselib 134 - / sysfs 139 -
fanotify_init 300 262 / fanotify_mark 301 263 / name_to_handle_at 303 264 / open_by_handle_at 304 265
shmget 29 194 / shmat 30 196 / shmctl 31 195 / semget 64 190 / semop 65 193 / semctl 66 191 / semtimedop 220 192
msgget 68 186 / msgsnd 69 189 / msgrcv 70 188 / msgctl 71 187 / mq_open 240 180 / mq_unlink 241 181 / ioprio_set 251 30
"""
# What Landlock does not govern: a file's metadata, by whoever owns the file or may write to it.
_MODES = "chmod 90 - / fchmod 91 52 / fchmodat 268 53 / fchmodat2 452 452"
_OWNERS = "chown 92 - / fchown 93 55 / lchown 94 - / fchownat 260 54"
_TIMES = "utime 132 - / utimes 235 - / futimesat 261 - / utimensat 280 88"
_ATTRIBUTES = """
setxattr 188 5 / lsetxattr 189 6 / fsetxattr 190 7 / removexattr 197 14 / lremovexattr 198 15 / fremovexattr 199 16
"""
# What is written is gone with the program: nothing needs to reach a disk, least of all what others have written.
_SYNCS = "sync 162 81 / syncfs 306 267 / fsync 74 82 / fdatasync 75 83 / sync_file_range 277 84"
_NEWEST = 462
_COLUMN = 1 if ARCHITECTURE == "x86_64" else 2


def _numbers(table: str) -> list[int]:
    rows = [row.split() for line in table.strip().splitlines() for row in line.split(" / ")]
    return [int(row[_COLUMN]) for row in rows if row[_COLUMN] != "-"]


def _number(x86_64: int, aarch64: int) -> int:
    return x86_64 if _COLUMN == 1 else aarch64


_CLONE, _CLONE3, _SENDTO, _SOCKETPAIR = _number(56, 220), 435, _number(44, 206), _number(53, 199)
_KILL, _TKILL, _TGKILL, _QUEUE, _TQUEUE, _PIDFD_SIGNAL = (
    _number(62, 129),
    _number(200, 130),
    _number(234, 131),
    _number(129, 138),
    _number(297, 240),
    424,
)
# Where the zygote has the program's user id, these would let the program slow or starve it: on itself only.
_ON_ITSELF = [_number(302, 261), _number(203, 122), _number(144, 119), _number(142, 118), _number(314, 274)]
_SETPRIORITY = _number(141, 140)
_SETSOCKOPT, _BUFFERS = _number(54, 208), (7, 8, 32, 33)
_SENDING = [_number(46, 211), _number(307, 269)]
_FCNTL, _IOCTL, _MEMFD_CREATE = _number(72, 25), _number(16, 29), _number(319, 279)
_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX, _SET_LEASE, _SET_PIPE_SIZE = 8, 10, 15, 1024, 1031
_FLAGS_OF_FILES = 0x5800, 0x6600, 0x7600
"""The second byte of the ioctls that file systems share, 'X', 'f' and 'v': to be immutable, to be sealed, and so on."""
_NEW_NAMESPACES = 0x7E02_0000

_LOAD, _EQUAL, _GREATER, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_AUDIT_ARCHITECTURE = 0xC000_003E if ARCHITECTURE == "x86_64" else 0xC000_00B7
_ALLOW, _KILL_PROCESS = 0x7FFF_0000, 0x8000_0000
_ERROR = 0x0005_0000
_REFUSE, _UNKNOWN, _NO_SUCH_FLAG, _PRETEND = (
    _ERROR | number for number in (errno.EPERM, errno.ENOSYS, errno.ENOTTY, 0)
)


def _op(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, operand)


def _argument(index: int, *, high: bool = False) -> bytes:
    return _op(_LOAD, 16 + 8 * index + (4 if high else 0))


def _when(number: int, *body: bytes) -> bytes:
    """`body` for that system call; it ends in a verdict."""
    return _op(_EQUAL, number, 0, len(body)) + b"".join(body)


_START = [
    _op(_LOAD, 4),
    _op(_EQUAL, _AUDIT_ARCHITECTURE, 1, 0),
    _op(_RETURN, _KILL_PROCESS),  # 32-bit calls have other numbers
    _op(_LOAD, 0),
]


def _second_is(*values: int, mask: int = 0xFFFF_FFFF) -> list[bytes]:
    """On to the next step if the second argument is one of these, else to the one after it."""
    tests = [_op(_EQUAL, value, len(values) - i - 1, int(i == len(values) - 1)) for i, value in enumerate(values)]
    return [_argument(1), _op(_AND, mask), *tests]


def everyone() -> bytes:
    """What the zygote and its programs may do."""
    allow, refuse, unknown = _op(_RETURN, _ALLOW), _op(_RETURN, _REFUSE), _op(_RETURN, _UNKNOWN)
    steps = [*_START]
    steps += [_op(_GREATER, 0x3FFF_FFFF, 0, 1), _op(_RETURN, _KILL_PROCESS)]  # x32's numbers
    steps += [_op(_GREATER, _NEWEST, 0, 1), unknown, _when(_CLONE3, unknown)]  # libc falls back on clone
    steps.append(_when(_CLONE, _argument(0), _op(_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse, allow))
    stream_of_this_machine = (
        _argument(0), _op(_EQUAL, 1, 0, 4), _argument(1), _op(_AND, 0xF), _op(_EQUAL, 1, 2, 0), _op(_EQUAL, 5, 1, 0)
    )  # fmt: skip
    steps.append(_when(_SOCKETPAIR, *stream_of_this_machine, refuse, allow))
    to_no_address = (_argument(4), _op(_EQUAL, 0, 0, 3), _argument(4, high=True), _op(_EQUAL, 0, 0, 1), allow, refuse)
    steps.append(_when(_SENDTO, *to_no_address))
    steps += [_when(number, _argument(0), _op(_EQUAL, 0, 1, 0), refuse, allow) for number in _ON_ITSELF]
    steps.append(
        _when(_SETPRIORITY, _argument(0), _op(_EQUAL, 0, 0, 2), _argument(1), _op(_EQUAL, 0, 1, 0), refuse, allow)
    )
    steps += [_when(number, _op(_RETURN, _PRETEND)) for number in _numbers(_SYNCS)]
    refused = _numbers(_REFUSED)
    steps += [_op(_EQUAL, number, len(refused) - i, 0) for i, number in enumerate(refused)]
    return b"".join([*steps, allow, refuse])


def not_at_the_users_cost() -> bytes:
    """Where programs share their user with others: the kernel counts descriptors in messages and the size of pipes by
    user, and past the limit all have none, be it the caller."""
    allow, refuse = _op(_RETURN, _ALLOW), _op(_RETURN, _REFUSE)
    steps = [*_START, *(_when(number, refuse) for number in _SENDING)]
    steps.append(_when(_FCNTL, *_second_is(_SET_PIPE_SIZE), refuse, allow))
    return b"".join([*steps, allow])


def signals_only_to(process: int) -> bytes:
    """For programs that share a user with others, where Landlock knows no signals: they may signal themselves alone."""
    allow, refuse = _op(_RETURN, _ALLOW), _op(_RETURN, _REFUSE)
    steps = [*_START, _when(_TKILL, refuse), _when(_PIDFD_SIGNAL, refuse)]
    for number in (_KILL, _TGKILL, _QUEUE, _TQUEUE):
        steps.append(_when(number, _argument(0), _op(_EQUAL, process, 1, 0), refuse, allow))
    steps.append(_when(_FCNTL, *_second_is(_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX), refuse, allow))
    return b"".join([*steps, allow])


def no_metadata(*, owns: bool) -> bytes:
    """For programs that see files of others through Landlock alone: what files are, besides their content, stays.

    `owns`: the programs' user owns more than their folder. Then modes stay too. Modes and times are not refused, they
    stay as they are and the program is told that all went well: whoever copies a file asks for both, with no error that
    `shutil.copy` would forgive, and hardly anybody looks.
    """
    allow, refuse, pretend = _op(_RETURN, _ALLOW), _op(_RETURN, _REFUSE), _op(_RETURN, _PRETEND)
    steps = [*_START, _when(_FCNTL, *_second_is(_SET_LEASE), refuse, allow)]
    steps.append(_when(_IOCTL, *_second_is(*_FLAGS_OF_FILES, mask=0xFF00), _op(_RETURN, _NO_SUCH_FLAG), allow))
    steps += [_when(number, pretend) for number in _numbers(_TIMES) + (_numbers(_MODES) if owns else [])]
    steps += [_when(number, refuse) for number in _numbers(_ATTRIBUTES) + (_numbers(_OWNERS) if owns else [])]
    return b"".join([*steps, allow])


def no_uncounted_memory() -> bytes:
    """Where no control group counts it: no files in memory, as if the kernel were older than `memfd_create`, and no
    larger buffers of sockets."""
    allow, refuse = _op(_RETURN, _ALLOW), _op(_RETURN, _REFUSE)
    tests = [
        _op(_EQUAL, option, len(_BUFFERS) - 1 - i, int(i == len(_BUFFERS) - 1)) for i, option in enumerate(_BUFFERS)
    ]
    steps = [*_START, _when(_MEMFD_CREATE, _op(_RETURN, _UNKNOWN))]
    return b"".join([*steps, _when(_SETSOCKOPT, _argument(2), *tests, refuse, allow), allow])

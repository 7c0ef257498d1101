"""`python launch.py PARENT COMMAND...`: becomes the command, which is killed when the process PARENT ends, however.

A process asks for that itself (prctl, PR_SET_PDEATHSIG), and it outlasts execve. It is killed when the thread ends that
started it, so that has to be one that stays. A parent that has ended before it was asked is not noticed, so that is
looked at afterwards.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        sys.exit("whoever started this has ended")
    os.execv(command[0], command)

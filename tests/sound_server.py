"""A private PulseAudio or PipeWire with one headset: what it plays is what its microphone hears."""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 20
NICENESS = -10
ALSA = """
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.headset_speaker { type pulse device headset }
pcm.headset_microphone { type pulse device headset.monitor }
"""
PIPEWIRE = "pipewire & sleep 0.5; wireplumber & sleep 0.5; exec pipewire-pulse"
PROGRAMS = {
    "pulseaudio": [
        *("pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", "--disable-shm=yes", "--use-pid-file=no"),
        *("-L", "module-native-protocol-unix"),
    ],
    "pipewire": ["dbus-run-session", "--", "sh", "-c", PIPEWIRE],
}
NEEDED = {
    "pulseaudio": ("pulseaudio", "pactl", "paplay"),
    "pipewire": ("pipewire", "wireplumber", "pipewire-pulse", "dbus-run-session", "pactl", "paplay"),
}


def prompt(process):
    """Sound waits for nobody: on a busy machine its programs go before others, where that is allowed."""
    with suppress(PermissionError, ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    return process


def missing(kind):
    """What is not installed for a sound server of this kind, "" if nothing."""
    programs = [name for name in NEEDED[kind] if shutil.which(name) is None]
    plugin = [] if [*Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")] else ["libasound2-plugins"]
    return ", ".join([*programs, *plugin])


class SoundServer:
    """Started by `with`; its folder holds everything it writes, and `env` is what programs need to find it."""

    def __init__(self, kind, folder):
        self.kind = kind
        self._runtime, self._home = folder / "run", folder / "home"
        (self._home / "pulse").mkdir(parents=True)
        self._runtime.mkdir(mode=0o700)
        (self._home / ".asoundrc").write_text(ALSA)
        (self._home / "pulse" / "client.conf").write_text("autospawn = no\n")
        self._log = (folder / "server.log").open("wb")
        own = {"HOME": self._home, "XDG_CONFIG_HOME": self._home, "XDG_RUNTIME_DIR": self._runtime}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PULSE_") and k != "DBUS_SESSION_BUS_ADDRESS"}
        self.env = kept | {name: str(path) for name, path in own.items()}
        self._server = self._air = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self._log.close()

    def start(self):
        """Begin, with the headset plugged in."""
        self._server = self._begun(PROGRAMS[self.kind])
        self._until(lambda: self._pactl("info").returncode == 0, "does not start")
        self.plug_in()

    def kill(self):
        """End at once, as after a crash."""
        for process in (self._air, self._server):
            if process is not None:
                self._end(process)

    def plug_in(self):
        """The headset is there.  A listener keeps it in real time: alone, a null sink works in pieces of two seconds."""
        self._module = self._pactl("load-module", "module-null-sink", "sink_name=headset", "rate=48000").stdout.strip()
        self._until(lambda: "headset.monitor" in self._pactl("list", "short", "sources").stdout, "has no headset")
        self._air = self._begun(["parec", "-d", "headset.monitor", "--latency-msec=20"], stdout=subprocess.DEVNULL)

    def unplug(self):
        """Both its loudspeaker and its microphone are gone."""
        self._end(self._air)
        assert self._pactl("unload-module", self._module).returncode == 0

    def say(self, wav):
        """Somebody speaks in front of the microphone; returns when it has been said."""
        with prompt(subprocess.Popen(["paplay", "-d", "headset", str(wav)], env=self.env)) as speaking:
            assert speaking.wait(timeout=60) == 0

    def python(self, *arguments):
        """Begin a Python program of ours here."""
        return Running(prompt(subprocess.Popen(
            [sys.executable, "-u", *map(str, arguments)], env=self.env, cwd=ROOT, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )))  # fmt: skip

    def _pactl(self, *arguments):
        done = ["pactl", *arguments]
        return subprocess.run(done, env=self.env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def _begun(self, command, *, stdout=None):
        return prompt(subprocess.Popen(
            command, env=self.env, stdout=stdout or self._log, stderr=self._log, start_new_session=True
        ))  # fmt: skip

    def _until(self, is_so, complaint):
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > PATIENCE_S:
                raise AssertionError(f"{self.kind} {complaint}: {Path(self._log.name).read_text()[-2_000:]}")

    @staticmethod
    def _end(process):
        if process.poll() is None:
            os.killpg(process.pid, 9)  # its own session: programs it began end with it
            process.wait(PATIENCE_S)


class Running:
    """A program whose lines, of both outputs, are kept as they come."""

    def __init__(self, process):
        self.process = process
        self.lines = []  # seconds of time.monotonic, text
        self._came = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(pipe,), daemon=True) for pipe in (process.stdout, process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def wait_for(self, part, patience_s=PATIENCE_S, *, since=0):
        """When a line with this part came, the first from the line `since` on; fails when none comes."""
        with self._came:
            assert self._came.wait_for(lambda: self._found(part, since), patience_s), (part, self.text)
            return self._found(part, since)[0]

    def _found(self, part, since):
        return next((line for line in self.lines[since:] if part in line[1]), None)

    @property
    def text(self):
        return "".join(text for _, text in self.lines)

    def end(self):
        """End it, if it has not ended; its exit code."""
        self.process.kill()
        return self.ended()

    def ended(self, patience_s=60):
        """Wait for its end; its exit code."""
        code = self.process.wait(patience_s)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def _read(self, pipe):
        for line in pipe:
            with self._came:
                self.lines.append((time.monotonic(), line))
                self._came.notify_all()

"""Run every benchmark of this folder, or the named ones: `python -m benchmarks ingest`."""

import pkgutil
import sys
import time
from importlib import import_module

import benchmarks


def main() -> int:
    """Run the benchmarks one after the other; 1 when one of them missed what it must hold."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")]
    asked = sys.argv[1:] or names
    unknown = sorted(set(asked) - set(names))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(names)}.")
        return 2
    failed = []
    for name in asked:
        module = import_module(f"benchmarks.{name}")
        if not hasattr(module, "main"):
            continue
        print(f"== {name}", flush=True)
        started = time.monotonic()
        # A benchmark returns nothing, or False when a number it must hold was missed.
        if module.main() is False:
            failed.append(name)
        print(f"   ({time.monotonic() - started:.0f} s)\n", flush=True)
    if failed:
        print(f"Missed what must hold: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Find the Python version and the `name==version` lines of the kernel that executes this text; `found` is their JSON.

Executed in the kernel in a namespace of its own, so that no name is left behind. Slipway's own client is none of them: it comes from no index.
"""

import json
import platform
from importlib import metadata

_lines = {f"{installed.metadata['Name']}=={installed.version}" for installed in metadata.distributions() if installed.metadata["Name"] not in (None, "", "slipway-notebook")}
found = json.dumps({"python": platform.python_version(), "packages": sorted(_lines, key=str.lower)})

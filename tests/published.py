"""The JSON schemas that the Data Package standard publishes for its descriptions.

They lie in ``profiles/`` as published for versions 1.0 and 2.0, without their prose and examples.
"""

import json
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for

_PROFILES = Path(__file__).parent / "profiles"


def errors(file: Path, version: str) -> list[str]:
    """Return what is wrong with a ``datapackage.json``, by the schemas of a version.

    They describe what is read once schemas that stand in files of their own have been put in.
    """
    package = json.loads(file.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if isinstance(resource["schema"], str):
            resource["schema"] = json.loads((file.parent / resource["schema"]).read_text("utf-8"))
    found = _errors(f"data-package-{version}", package)
    if version == "1.0":  # the schema of a package says nothing of the tables in it
        for resource in package["resources"]:
            assert resource["profile"] == "tabular-data-resource"
            found += _errors("tabular-data-resource-1.0", resource)
    return found


def _errors(profile: str, described: Any) -> list[str]:
    schema = json.loads((_PROFILES / f"{profile}.json").read_text("utf-8"))
    found = validator_for(schema)(schema).iter_errors(described)
    return [f"{error.json_path}: {error.message}"[:300] for error in found]

"""Rows and bytes the readers' tests start from."""

from __future__ import annotations

import base64
import json

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
ENCODED = base64.b64encode(PIXEL).decode()

DIAGNOSIS = {
    "index": "001",
    "question": "What is the diagnosis?",
    "answer": "Erdheim-Chester disease",
    "context": "A man of 54 with bone pain.",
    "image": json.dumps([ENCODED]),
    "image_path": json.dumps(["images/PMC123_fig1.png"]),
    "primary_modality": "CT",
    "answer_aliases": json.dumps(["ECD", "polyostotic sclerosing histiocytosis"]),
    "category": "histiocytosis",
    "ORPHA_code": "ORPHA:35687",
}
COMMON = {name: DIAGNOSIS[name] for name in list(DIAGNOSIS)[:7]}

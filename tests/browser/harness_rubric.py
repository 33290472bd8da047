"""The rubric of one item of a study alone on a page, for the tests beside it.

The study is the one the environment names; `?item=` and `?round=` say what is read.
"""

from __future__ import annotations

import streamlit as st

from src.ui.draft_session import open_draft
from src.ui.notices import show
from src.ui.rubric_form import rubric_form
from src.ui.session import require_reviewer, workbench

st.set_page_config(layout="centered", page_title="Rubric")
reviewer = require_reviewer()
place = st.query_params
bench = workbench()
task = bench.reviewing.task(reviewer, place["round"], place["item"])
draft = open_draft(reviewer, task, bench.assigning.get(reviewer, place["round"]))
show()
rubric_form(draft)

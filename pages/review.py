"""The review screen: the case on the left, what its reader says of it on the right."""

import streamlit as st

from src.ui.claim_form import open_one
from src.ui.compare import second_slider
from src.ui.conflict import conflict_panel
from src.ui.draft_session import open_draft
from src.ui.marks import images_with_marks
from src.ui.parts import part
from src.ui.places import page_name
from src.ui.reading_place import chosen_round, elsewhere, task_before
from src.ui.review_bar import review_bar
from src.ui.review_form import marks_told, review_form
from src.ui.session import require_reviewer, workbench
from src.ui.turns import in_turn

with in_turn():
    reviewer = require_reviewer()
    page_name("Review")
    rounds = workbench().assigning.open_rounds(reviewer)
    if elsewhere(reviewer):
        st.stop()
    round_ = chosen_round(reviewer, rounds)
    draft = open_draft(reviewer, task_before(reviewer, round_), round_)
    open_one(draft)

    review_bar(draft, rounds)
    conflict_panel(draft)
    with st.container(key="reading"):
        with st.container(key="room"):
            part(draft, images_with_marks, marks_told)
            second_slider(draft)
        with st.container(key="sheet"):
            review_form(draft)

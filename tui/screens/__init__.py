"""The screens of the dashboard, one a pane."""

"""Optuna's tables for walk-forward searches, in a schema of their own: those that Optuna 5.0 makes, version v3.2.0.a.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATEMENTS = (
    "DROP SCHEMA IF EXISTS backtest_search CASCADE",  # it outlives the fall of all other tables
    "CREATE SCHEMA backtest_search",
    """
    CREATE TABLE backtest_search.studies (
        study_id SERIAL NOT NULL,
        study_name VARCHAR(512) NOT NULL,
        PRIMARY KEY (study_id)
    )
    """,
    "CREATE UNIQUE INDEX ix_studies_study_name ON backtest_search.studies (study_name)",
    """
    CREATE TABLE backtest_search.version_info (
        version_info_id INTEGER NOT NULL,
        schema_version INTEGER,
        library_version VARCHAR(256),
        PRIMARY KEY (version_info_id),
        CHECK (version_info_id=1)
    )
    """,
    "CREATE TYPE backtest_search.studydirection AS ENUM ('NOT_SET', 'MINIMIZE', 'MAXIMIZE')",
    """
    CREATE TABLE backtest_search.study_directions (
        study_direction_id SERIAL NOT NULL,
        direction backtest_search.studydirection NOT NULL,
        study_id INTEGER NOT NULL,
        objective INTEGER NOT NULL,
        PRIMARY KEY (study_direction_id),
        UNIQUE (study_id, objective),
        FOREIGN KEY(study_id) REFERENCES backtest_search.studies (study_id)
    )
    """,
    """
    CREATE TABLE backtest_search.study_system_attributes (
        study_system_attribute_id SERIAL NOT NULL,
        study_id INTEGER,
        key VARCHAR(512),
        value_json TEXT,
        PRIMARY KEY (study_system_attribute_id),
        UNIQUE (study_id, key),
        FOREIGN KEY(study_id) REFERENCES backtest_search.studies (study_id)
    )
    """,
    """
    CREATE TABLE backtest_search.study_user_attributes (
        study_user_attribute_id SERIAL NOT NULL,
        study_id INTEGER,
        key VARCHAR(512),
        value_json TEXT,
        PRIMARY KEY (study_user_attribute_id),
        UNIQUE (study_id, key),
        FOREIGN KEY(study_id) REFERENCES backtest_search.studies (study_id)
    )
    """,
    "CREATE TYPE backtest_search.trialstate AS ENUM ('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING')",
    """
    CREATE TABLE backtest_search.trials (
        trial_id SERIAL NOT NULL,
        number INTEGER,
        study_id INTEGER,
        state backtest_search.trialstate NOT NULL,
        datetime_start TIMESTAMP WITHOUT TIME ZONE,
        datetime_complete TIMESTAMP WITHOUT TIME ZONE,
        PRIMARY KEY (trial_id),
        FOREIGN KEY(study_id) REFERENCES backtest_search.studies (study_id)
    )
    """,
    "CREATE INDEX ix_trials_study_id ON backtest_search.trials (study_id)",
    """
    CREATE TABLE backtest_search.trial_heartbeats (
        trial_heartbeat_id SERIAL NOT NULL,
        trial_id INTEGER NOT NULL,
        heartbeat TIMESTAMP WITHOUT TIME ZONE NOT NULL,
        PRIMARY KEY (trial_heartbeat_id),
        UNIQUE (trial_id),
        FOREIGN KEY(trial_id) REFERENCES backtest_search.trials (trial_id)
    )
    """,
    "CREATE TYPE backtest_search.trialintermediatevaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG', 'NAN')",
    """
    CREATE TABLE backtest_search.trial_intermediate_values (
        trial_intermediate_value_id SERIAL NOT NULL,
        trial_id INTEGER NOT NULL,
        step INTEGER NOT NULL,
        intermediate_value FLOAT(53),
        intermediate_value_type backtest_search.trialintermediatevaluetype NOT NULL,
        PRIMARY KEY (trial_intermediate_value_id),
        UNIQUE (trial_id, step),
        FOREIGN KEY(trial_id) REFERENCES backtest_search.trials (trial_id)
    )
    """,
    """
    CREATE TABLE backtest_search.trial_params (
        param_id SERIAL NOT NULL,
        trial_id INTEGER,
        param_name VARCHAR(512),
        param_value FLOAT(53),
        distribution_json TEXT,
        PRIMARY KEY (param_id),
        UNIQUE (trial_id, param_name),
        FOREIGN KEY(trial_id) REFERENCES backtest_search.trials (trial_id)
    )
    """,
    """
    CREATE TABLE backtest_search.trial_system_attributes (
        trial_system_attribute_id SERIAL NOT NULL,
        trial_id INTEGER,
        key VARCHAR(512),
        value_json TEXT,
        PRIMARY KEY (trial_system_attribute_id),
        UNIQUE (trial_id, key),
        FOREIGN KEY(trial_id) REFERENCES backtest_search.trials (trial_id)
    )
    """,
    """
    CREATE TABLE backtest_search.trial_user_attributes (
        trial_user_attribute_id SERIAL NOT NULL,
        trial_id INTEGER,
        key VARCHAR(512),
        value_json TEXT,
        PRIMARY KEY (trial_user_attribute_id),
        UNIQUE (trial_id, key),
        FOREIGN KEY(trial_id) REFERENCES backtest_search.trials (trial_id)
    )
    """,
    "CREATE TYPE backtest_search.trialvaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG')",
    """
    CREATE TABLE backtest_search.trial_values (
        trial_value_id SERIAL NOT NULL,
        trial_id INTEGER NOT NULL,
        objective INTEGER NOT NULL,
        value FLOAT(53),
        value_type backtest_search.trialvaluetype NOT NULL,
        PRIMARY KEY (trial_value_id),
        UNIQUE (trial_id, objective),
        FOREIGN KEY(trial_id) REFERENCES backtest_search.trials (trial_id)
    )
    """,
    "CREATE TABLE backtest_search.alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
    "INSERT INTO backtest_search.version_info (version_info_id, schema_version, library_version) VALUES (1, 12, '5.0.0')",
    "INSERT INTO backtest_search.alembic_version (version_num) VALUES ('v3.2.0.a')",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP SCHEMA backtest_search CASCADE")

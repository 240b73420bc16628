"""Settings from the environment, complete and checked before the first AWS call.

    from job.settings.load import load_settings
    settings = load_settings({"REPORT_MAX_CONCURRENCY": "8"})     # overrides, from flags, by setting name
    load_settings(overrides, destination_required=False)          # for stages that publish nothing

An attribute is the setting's name without `REPORT_`, in lower case. All problems are told at once, each with
the setting's name, by one SettingsError. The table in docs/settings.md is made of `setting_descriptions()`.
"""

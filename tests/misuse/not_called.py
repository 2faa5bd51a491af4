"""The functions that the misuse table does not call, and why not. The reasons are printed by the
test `misuse.coverage`."""

ANY_NUMBER = "every number is a valid argument; conformance/status has its cases"
TAKES_NOTHING = "takes no argument"
DESCRIPTOR = "takes a descriptor; conformance/insight_dump_to has its cases"
DESCRIPTOR_OF_TIMELINE = "takes a descriptor; conformance/insight_timeline has its cases"
NOT_CALLED = {
    "threading_status_name": ANY_NUMBER,
    "threading_status_message": ANY_NUMBER,
    "threading_check": (
        "prints and aborts when the status it is given is an error; conformance/status has its"
        " cases"
    ),
    "threading_exit": "ends the calling thread, and any pointer is a valid result",
    "threading_shutdown": "takes no argument, and is final for the process",
    "threading_set_stack_size": "takes a plain number; conformance has its limits",
    "threading_with_failed_": "is THREADING_WITH's own; conformance/mistakes has its cases",
    "threading_rwlock_reading": "takes any handle; conformance/with_rwlock has its cases",
    "threading_rwlock_writing": "takes any handle; conformance/with_rwlock has its cases",
    "threading_report_mistakes": "takes true or false; conformance/mistakes has its cases",
    "threading_dump_on_signal": "takes a signal; conformance/insight_signal has its cases",
    "threading_watch": "starts a thread; conformance/insight_watch has its cases",
    "threading_inspect": "takes bits; conformance/insight_switch has its cases",
    "threading_contention_reset": TAKES_NOTHING,
    **dict.fromkeys(["threading_wait_any", "threading_wait_any_timeout"], "takes an array"),
    "threading_dump": DESCRIPTOR,
    "threading_dump_json": DESCRIPTOR,
    "threading_timeline_json": DESCRIPTOR_OF_TIMELINE,
    "threading_report_html": DESCRIPTOR_OF_TIMELINE,
    "threading_error_message": TAKES_NOTHING,
    "threading_has_excepthook": TAKES_NOTHING,
    "threading_version": TAKES_NOTHING,
    "threading_current_thread": TAKES_NOTHING,
    "threading_main_thread": TAKES_NOTHING,
    "threading_current_name": TAKES_NOTHING,
    "threading_get_ident": TAKES_NOTHING,
    "threading_get_native_id": TAKES_NOTHING,
    "threading_active_count": TAKES_NOTHING,
    "threading_stack_size": TAKES_NOTHING,
    "threading_monotonic": TAKES_NOTHING,
    "threading_remaining": "takes any moment; conformance/remaining has its cases",
}

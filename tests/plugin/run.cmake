# cmake -DHOST=… -DPLUGIN=… -P run.cmake: what the plug-in's threads say, in any order, after three rounds.
execute_process(COMMAND "${HOST}" "${PLUGIN}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors TIMEOUT 60)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "the host ended with ${result}:\n${output}${errors}")
endif()
string(STRIP "${output}" output)
string(REPLACE "\n" ";" lines "${output}")
list(SORT lines)
set(expected "a thread ended" "a thread ended" "a thread ended" "a timer fired" "a timer fired" "a timer fired"
    "a value was destroyed" "a value was destroyed" "a value was destroyed" "main returns")
if(NOT "${lines}" STREQUAL "${expected}")
    message(FATAL_ERROR "the host said:\n${output}")
endif()

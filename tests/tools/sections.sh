# Sourced by tests/run and .ci/run: sections that all run, are timed, and are summed up at the end.

sections_table=()
sections_passed=0
sections_failed=0

# section NAME COMMAND [ARGUMENT...]
section() {
    local name=$1 started=$SECONDS status=0
    shift
    printf '\n==== %s: %s\n' "$name" "$*"
    "$@" || status=$?
    if [ "$status" = 0 ]; then
        sections_passed=$((sections_passed + 1))
        sections_table+=("$(printf '%-32s %-12s %6d s' "$name" ok $((SECONDS - started)))")
    else
        sections_failed=$((sections_failed + 1))
        sections_table+=("$(printf '%-32s %-12s %6d s' "$name" "FAILED ($status)" $((SECONDS - started)))")
    fi
    printf '==== %s: %d s\n' "$name" $((SECONDS - started))
}

# Prints the table; fails if a section failed, or if there was none.
sections_summary() {
    printf '\n==== Summary after %d s\n' "$SECONDS"
    printf '%s\n' "${sections_table[@]}"
    printf 'sections: %d passed, %d failed\n' "$sections_passed" "$sections_failed"
    [ "$sections_failed" = 0 ] && [ "$sections_passed" -gt 0 ]
}

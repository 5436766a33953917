#!/usr/bin/env bash
# run.sh FUZZER CORPUS WORK_DIR SECONDS: fuzzes for a while from the kept corpus; finds go to WORK_DIR, not to the corpus.
set -eu
fuzzer=$1 corpus=$2 work=$3 seconds=$4
name=$(basename "$fuzzer")
mkdir -p "$work/$name"
seeds=()
if [ -d "$corpus" ]; then seeds+=("$corpus"); fi
# libFuzzer ends with 77 after a find, which CTest would take for "skipped".
status=0
"$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2560 -print_final_stats=1 \
    -artifact_prefix="$work/$name-" "$work/$name" "${seeds[@]}" || status=$?
if [ "$status" -eq 77 ]; then status=1; fi
exit "$status"

# What `./dev test` runs besides building: form, clang-tidy, the tests on a stack of their own.

tracked_sources() {
    if git -C "$checkout" rev-parse --git-dir >/dev/null 2>&1; then
        git -C "$checkout" ls-files '*.cpp' '*.hpp'
    else
        (cd "$checkout" && find . \( -name build -o -name .local \) -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -printf '%P\n')
    fi
}

check_form() {
    local sources
    mapfile -t sources < <(tracked_sources)
    step "Checking the form of ${#sources[@]} files (clang-format)"
    (cd "$checkout" && printf '%s\0' "${sources[@]}" | xargs -0 -n 40 -P "$(nproc)" clang-format-16 --dry-run -Werror >&2) ||
        fail "the files above are not in form; ./dev format puts them right"
}

put_in_form() {
    (cd "$checkout" && tracked_sources | tr '\n' '\0' | xargs -0 -n 40 -P "$(nproc)" clang-format-16 -i)
}

# clang-tidy takes seconds for each file, so what it has found clean is remembered by the contents of the file, of every
# header of ours that it includes, and of the checks themselves.
check_with_tidy() {
    local preset=$1 folder="$checkout/build/$1" remembered="$local_root/tidy" sources source key began=$EPOCHREALTIME
    local todo=() done_before=0
    mkdir -p "$remembered"
    mapfile -t sources < <(tracked_sources | grep '\.cpp$')
    local -A dependencies=()
    while IFS=$'\t' read -r source key; do dependencies[$source]=$key; done < <(
        cd "$folder" && ninja -t deps | python3 "$local_code/tidy_plan.py" "$checkout" "$folder"
    )
    for source in "${sources[@]}"; do
        key=${dependencies[$source]-}
        [[ -n $key ]] || continue # Not part of this build.
        if [[ -e $remembered/$key ]]; then done_before=$((done_before + 1)); else todo+=("$source" "$key"); fi
    done
    step "Checking $((${#todo[@]} / 2)) files with clang-tidy ($done_before unchanged since they were found clean)"
    ((${#todo[@]} > 0)) || return 0
    printf '%s\0' "${todo[@]}" | xargs -0 -n 2 -P "$(build_jobs)" bash "$local_code/tidy_one" "$checkout" "$folder" "$remembered" >&2 ||
        fail "clang-tidy has found something (see above)"
    note "checked in $(seconds_since "$began") s"
}

# Prints all of ctest's output but its closing lines, which go to file $1: they are to be the very last.
hold_closing_lines() {
    local line held=''
    while IFS= read -r line; do
        [[ ! $line =~ ^([0-9]+%\ tests\ passed|No\ tests\ were\ found) ]] || held=yes
        if [[ -n $held ]]; then printf '%s\n' "$line" >>"$1"; else printf '%s\n' "$line"; fi
    done
}

# Checkers that are not Debian's, each pinned by a file under tests/ and fetched once, and again when the file changes.
asyncapi_parser="$local_root/asyncapi"
validators="$local_root/validators"
analytics="$local_root/analytics"
openapi_callers="$local_root/openapi"

# is_fetched FOLDER PIN
is_fetched() { [[ -f $1/.complete && $(<"$1/.complete") == "$(sha256sum <"$2")" ]]; }

fetch_checkers() {
    local pin=$checkout/tests/contract/asyncapi/package-lock.json
    if ! is_fetched "$asyncapi_parser" "$pin"; then
        command -v npm >/dev/null || install_missing nodejs npm
        step "Fetching the AsyncAPI parser through npm (about 55 MB, once)"
        rm -rf "$asyncapi_parser"
        mkdir -p "$asyncapi_parser"
        cp "$checkout"/tests/contract/asyncapi/package*.json "$asyncapi_parser"
        (cd "$asyncapi_parser" && npm ci --no-audit --no-fund --ignore-scripts >npm.log 2>&1) ||
            fail "npm could not fetch the AsyncAPI parser; its output is in $asyncapi_parser/npm.log"
        sha256sum <"$pin" >"$asyncapi_parser/.complete"
    fi
    fetch_python "$validators" "$checkout/tests/deploy/requirements.txt" "the validators of manifests (about 160 MB)"
    fetch_python "$analytics" "$checkout/tests/export/requirements.txt" "DuckDB (about 25 MB)"
    fetch_python "$openapi_callers" "$checkout/tests/contract/openapi/requirements.txt" \
        "what checks and calls the OpenAPI document (about 90 MB)"
}

# fetch_python FOLDER PIN WHAT: an environment of its own with the packages that PIN names.
fetch_python() {
    local folder=$1 pin=$2
    ! is_fetched "$folder" "$pin" || return 0
    python3 -c 'import ensurepip' 2>/dev/null || install_missing python3-venv
    step "Fetching $3 through pip, once"
    rm -rf "$folder"
    { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --requirement "$pin"; } >"$folder.log" 2>&1 ||
        fail "pip could not fetch what $pin names; its output is in $folder.log"
    sha256sum <"$pin" >"$folder/.complete"
}

# Builds of the checkout: build/<preset>.

# As many compilers as there are cores and memory for: one takes up to 1.5 GB.
build_jobs() {
    local cores memory_mb
    cores=$(nproc)
    memory_mb=$(($(awk '/^MemAvailable/ {print $2}' /proc/meminfo) / 1024))
    local most=$((memory_mb / 1500))
    ((most >= 1)) || most=1
    printf '%d' $((cores < most ? cores : most))
}

# build PRESET TARGET…
build() {
    local preset=$1 folder="$checkout/build/$1" began=$EPOCHREALTIME what=${*:2}
    shift
    if [[ -e $folder && ! -O $folder ]]; then
        fail "$folder belongs to $(stat -c %U "$folder"): run this as that user, or remove it"
    fi
    # A checkout that was moved or copied cannot go on with paths of its old place.
    if [[ -f $folder/CMakeCache.txt && $(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt") != "$checkout" ]]; then
        note "build/$preset is of another place: building anew"
        rm -rf "$folder"
    fi
    step "Building ${what:-everything} (preset $preset, $(build_jobs) at a time) into build/$preset"
    if [[ ! -f $folder/build.ninja || $checkout/CMakePresets.json -nt $folder/build.ninja ]]; then
        (cd "$checkout" && cmake --preset "$preset") >"$local_root/configure-$preset.log" 2>&1 || {
            tail -n 20 "$local_root/configure-$preset.log" >&2
            fail "CMake could not configure the preset $preset; all of its output is in $local_root/configure-$preset.log"
        }
    fi
    NINJA_STATUS='    [%f/%t, %e s] ' cmake --build "$folder" -j "$(build_jobs)" ${1+--target "$@"} >&2 ||
        fail "the build failed (see above)"
    note "built in $(seconds_since "$began") s"
}

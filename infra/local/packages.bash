# What the machine needs, as Debian 12 packages. Only what is missing is installed, and nothing that is there is removed,
# stopped or started.

packages_to_build=(
    g++ cmake ninja-build mold ccache pkg-config python3
    libboost1.81-dev libboost-system1.81-dev libboost-url1.81-dev
    librdkafka-dev libpqxx-dev libcrypt-dev librabbitmq-dev libcurl4-openssl-dev
    libjemalloc-dev nlohmann-json3-dev libspdlog-dev libfmt-dev libcli11-dev libssl-dev zlib1g-dev libzstd-dev
    libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev
)
packages_to_run=(
    openjdk-17-jre-headless maven # The broker and what fetches it.
    postgresql-15 postgresql-client-15 rabbitmq-server
    curl ca-certificates
)
packages_to_check=(clang-format-16 clang-tidy-16)

missing_packages() {
    local package
    local -A installed=()
    while read -r package; do installed[$package]=1; done < <(
        # shellcheck disable=SC2016  # dpkg-query fills in the names itself.
        dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p'
    )
    for package in "$@"; do
        [[ -n ${installed[$package]-} ]] || printf '%s\n' "$package"
    done
}

install_missing() {
    local missing
    if ! command -v dpkg-query >/dev/null; then
        note "this is no Debian: what is needed is listed in docs/building.md"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    local system
    system=$(. /etc/os-release && printf '%s %s' "$ID" "${VERSION_ID-}")
    [[ $system == "debian 12" ]] ||
        fail "these packages of Debian 12 are missing and this is $system; install their like yourself: ${missing[*]}"

    local root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "packages are missing and there is no sudo; as root: apt-get install --no-install-recommends ${missing[*]}"
        root=(sudo)
        if ! sudo -n true 2>/dev/null; then
            [[ -t 0 ]] || fail "packages are missing and sudo asks for a password; run: sudo apt-get install --no-install-recommends ${missing[*]}"
            step "Packages have to be installed: sudo may ask for your password"
            sudo -v || fail "without sudo nothing can be installed; as root: apt-get install --no-install-recommends ${missing[*]}"
        fi
    fi
    step "Installing ${#missing[@]} packages: ${missing[*]}"
    "${root[@]}" bash "$local_code/install_packages" "${missing[@]}" >&2 ||
        fail "the packages could not be installed (see above); by hand: apt-get install --no-install-recommends ${missing[*]}"
}

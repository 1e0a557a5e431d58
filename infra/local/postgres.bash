# PostgreSQL 15 of the stack: a cluster of its own. The machine's clusters are neither read nor touched.

postgres_bin=/usr/lib/postgresql/15/bin

# PostgreSQL refuses to run as root; then it runs as the user that its package made (or as nobody).
postgres_user() {
    if getent passwd postgres >/dev/null; then printf postgres; else printf nobody; fi
}

as_postgres() {
    if ((EUID == 0)); then
        local user
        user=$(postgres_user)
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
    else
        "$@"
    fi
}

# Where the cluster lives: in the stack's folder, except when root's checkout stands in a folder that the other user
# cannot enter (/root, for instance). Then it is beside, under /var/tmp, and a link in the stack's folder says where.
place_postgres() {
    local link="$stack/postgres" place
    if [[ -e $link ]] && as_postgres test -x "$link/."; then return; fi
    if ((EUID != 0)); then
        mkdir -p "$link" && chmod 700 "$link"
        return
    fi
    if as_postgres test -x "$stack"; then
        mkdir -p "$link"
        chown "$(postgres_user):" "$link"
        chmod 700 "$link"
        return
    fi
    place="/var/tmp/jangteo-$(printf '%s' "$stack" | sha256sum | cut -c1-16)"
    if [[ -e $place && $(stat -c %u "$place") != 0 ]]; then
        printf '%s' "$place belongs to somebody else; remove it"
        return 1
    fi
    mkdir -p "$place/postgres"
    chmod 755 "$place"
    chown "$(postgres_user):" "$place/postgres"
    chmod 700 "$place/postgres"
    if [[ -d $link && ! -L $link ]]; then mv "$link" "$link.unreachable.$$"; fi
    ln -sfn "$place/postgres" "$link"
}

# Every process of the cluster stands in its data folder; that finds those that outlive a killed postmaster.
postgres_processes() {
    local data cwd
    data=$(postgres_place)/data
    for cwd in /proc/[0-9]*/cwd; do
        if [[ $(readlink "$cwd" 2>/dev/null) == "$data" ]]; then
            cwd=${cwd#/proc/}
            printf '%s\n' "${cwd%/cwd}"
        fi
    done
}

# The real path of the cluster's folder: the way through the link may be closed to PostgreSQL's user.
postgres_place() { readlink -f "$stack/postgres"; }

start_postgres() {
    local place data problem template waited=0
    is_running postgres && return
    if [[ ! -x $postgres_bin/postgres ]]; then
        report postgres "failed PostgreSQL 15 is missing: apt-get install postgresql-15"
        return 1
    fi
    problem=$(place_postgres) || { report postgres "failed $problem"; return 1; }
    place=$(postgres_place)
    data="$place/data"
    problem=$(need_port "$postgres_port" PostgreSQL JANGTEO_POSTGRES_PORT=…) || { report postgres "failed $problem"; return 1; }

    if [[ ! -f $data/.initialised ]]; then
        report postgres "creating the cluster"
        rm -rf "$data" "$place/.database"
        as_postgres sh -c 'umask 077 && cat >"$1"' password "$place/password" <"$stack/secret/postgres"
        if ! as_postgres "$postgres_bin/initdb" --pgdata="$data" --username=jangteo --auth=scram-sha-256 \
            --pwfile="$place/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync \
            >"$stack/log/postgres-initdb.log" 2>&1; then
            report postgres "failed the cluster could not be created: $(tail -n 1 "$stack/log/postgres-initdb.log")"
            return 1
        fi
        as_postgres touch "$data/.initialised"
    fi

    template=$(<"$checkout/infra/local/postgresql.conf.in")
    template=${template//@POSTGRES_PORT@/"$postgres_port"}
    printf '%s\n' "$template" | as_postgres tee "$data/postgresql.conf" >/dev/null

    # After a kill -9 of the postmaster its children go by themselves within moments. Its pid file stays, and would stop
    # us if the number had been given to somebody else since.
    report postgres "starting"
    while [[ -n $(postgres_processes) ]]; do
        if ((++waited > 100)); then
            report postgres "failed processes of an earlier run still hold $data: $(postgres_processes | tr '\n' ' ')"
            return 1
        fi
        sleep 0.1
    done
    rm -f "$data/postmaster.pid"
    if ((EUID == 0)); then
        local user
        user=$(postgres_user)
        start_process postgres setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$postgres_bin/postgres" -D "$data"
    else
        start_process postgres "$postgres_bin/postgres" -D "$data"
    fi
}

postgres_query() {
    PGPASSWORD=$(<"$stack/secret/postgres") PGCONNECT_TIMEOUT=5 psql -X -q -A -t -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$postgres_port" -U jangteo "$@"
}

# Ready means: answers, and has our database.
postgres_is_ready() {
    "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port" || return 1
    [[ -f $stack/postgres/.database ]] && return
    [[ $(postgres_query -d postgres -c "select 1 from pg_database where datname = 'jangteo'" 2>/dev/null) == 1 ]] ||
        postgres_query -d postgres -c 'create database jangteo' 2>>"$(log_of postgres)" || return 1
    as_postgres touch "$(postgres_place)/.database"
}

# SIGINT is PostgreSQL's fast shutdown.
stop_postgres() { stop_process postgres INT 20; }

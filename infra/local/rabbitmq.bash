# RabbitMQ of the stack: a node with its own name, folder, cookie, ports and epmd. Debian's wrapper scripts always run the
# machine's node as its own user, so the scripts behind them are used.

rabbitmq_server=/usr/lib/rabbitmq/bin/rabbitmq-server

# Nothing of the caller's environment or of /etc/rabbitmq reaches the node.
rabbitmq_environment() {
    local folder="$stack/rabbitmq"
    printf '%s\0' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$folder" \
        ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 ERL_FLAGS="-start_epmd false" \
        RABBITMQ_NODENAME="jangteo_$name@localhost" RABBITMQ_DIST_PORT="$distribution_port" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
        RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$stack/log" RABBITMQ_LOGS=- \
        RABBITMQ_CONF_ENV_FILE="$folder/environment" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" \
        RABBITMQ_CONFIG_FILES="$folder/conf.d" RABBITMQ_ADVANCED_CONFIG_FILE="$folder/advanced.config" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins" RABBITMQ_PID_FILE="$folder/node.pid" \
        RUNNING_UNDER_SYSTEMD=true # The script then becomes the node instead of watching over it.
}

start_rabbitmq() {
    local folder="$stack/rabbitmq" problem template environment
    is_running rabbitmq && return
    problem=$(need_port "$rabbitmq_port" RabbitMQ JANGTEO_RABBITMQ_PORT=… && need_port "$distribution_port" "RabbitMQ's distribution" JANGTEO_RABBITMQ_PORT=…) ||
        { report rabbitmq "failed $problem"; return 1; }
    if [[ ! -x $rabbitmq_server ]]; then
        report rabbitmq "failed RabbitMQ is missing: apt-get install rabbitmq-server"
        return 1
    fi
    report rabbitmq "starting"
    mkdir -p "$folder/conf.d" "$folder/mnesia"
    chmod 700 "$folder"
    template=$(<"$checkout/infra/rabbitmq/rabbitmq.conf.in")
    template=${template//@RABBITMQ_PORT@/"$rabbitmq_port"}
    template=${template//@PASSWORD@/"$(<"$stack/secret/rabbitmq")"}
    printf '%s\n' "$template" >"$folder/rabbitmq.conf"
    printf '[].\n' >"$folder/advanced.config"
    printf '[].\n' >"$folder/enabled_plugins"
    : >"$folder/environment"
    if [[ ! -s $folder/.erlang.cookie ]]; then
        (umask 077 && head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' >"$folder/.erlang.cookie")
        chmod 400 "$folder/.erlang.cookie"
    fi

    if ! is_running epmd; then
        problem=$(need_port "$epmd_port" "RabbitMQ's epmd" JANGTEO_RABBITMQ_PORT=…) || { report rabbitmq "failed $problem"; return 1; }
        start_process epmd env -i PATH=/usr/bin:/bin HOME="$folder" epmd -port "$epmd_port" -address 127.0.0.1
        local waited=0
        until port_holder "$epmd_port" >/dev/null; do
            ((++waited < 50)) || { report rabbitmq "failed epmd does not listen on port $epmd_port"; return 1; }
            sleep 0.05
        done
    fi
    mapfile -d '' -t environment < <(rabbitmq_environment)
    start_process rabbitmq env -i "${environment[@]}" "$rabbitmq_server"
}

rabbitmq_is_ready() { grep -q 'Server startup complete' "$(log_of rabbitmq)" 2>/dev/null; }

# The node ends itself in order on SIGTERM; its epmd only after it.
stop_rabbitmq() {
    stop_process rabbitmq TERM 20 && stop_process epmd TERM 5
}

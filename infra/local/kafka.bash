# Kafka of the stack: one broker in KRaft combined mode, from the jars that infra/kafka/pom.xml pins.

kafka_libs="$local_root/kafka/libs"

kafka_java() {
    # JDK 17 by preference, whatever else is installed.
    local candidate
    for candidate in /usr/lib/jvm/java-17-openjdk-*/bin/java; do
        if [[ -x $candidate ]]; then
            printf '%s' "$candidate"
            return
        fi
    done
    command -v java
}

# The jars are complete when the stamp names the pom they were copied for.
kafka_jars_present() {
    [[ -f $kafka_libs/.complete && $(<"$kafka_libs/.complete") == "$(sha256sum <"$checkout/infra/kafka/pom.xml")" ]]
}

fetch_kafka_jars() {
    kafka_jars_present && return
    command -v mvn >/dev/null || fail "mvn is missing, it fetches the Kafka broker: apt-get install maven"
    step "Fetching the Kafka broker's jars through Maven (about 45 MB, once)"
    mkdir -p "$local_root/kafka"
    rm -rf "$kafka_libs" "$kafka_libs.new"
    # Maven's own lines are the progress; it prints one per file.
    if ! (cd "$checkout/infra/kafka" && mvn -B -f pom.xml org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$kafka_libs.new" 2>&1) |
        tee "$local_root/kafka/maven.log" |
        sed -u -n -e 's/^\[INFO\] Downloaded from [^:]*: .*\/\([^/ ]*\.jar\) (\(.*\))/    \1  \2/p' -e '/ERROR/p' >&2; then
        fail "Maven could not fetch the Kafka broker; its output is in $local_root/kafka/maven.log"
    fi
    sha256sum <"$checkout/infra/kafka/pom.xml" >"$kafka_libs.new/.complete"
    mv "$kafka_libs.new" "$kafka_libs"
}

start_kafka() {
    local data="$stack/kafka" java template problem
    is_running kafka && return
    java=$(kafka_java) || { report kafka "failed java is missing: apt-get install openjdk-17-jre-headless"; return 1; }
    problem=$(need_port "$kafka_port" Kafka JANGTEO_KAFKA_PORT=… && need_port "$controller_port" "Kafka's controller" JANGTEO_KAFKA_PORT=…) ||
        { report kafka "failed $problem"; return 1; }

    template=$(<"$checkout/infra/kafka/server.properties.in")
    template=${template//@KAFKA_PORT@/"$kafka_port"}
    template=${template//@CONTROLLER_PORT@/"$controller_port"}
    template=${template//@FOLDER@/"${data//\\/\\\\}"}
    printf '%s\n' "$template" >"$stack/server.properties"

    if [[ ! -f $data/meta.properties ]]; then
        report kafka "formatting"
        mkdir -p "$data"
        local cluster_id
        cluster_id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
        # An id that begins with a dash would be read as an option.
        if ! "$java" -XX:TieredStopAtLevel=1 -cp "$kafka_libs/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
            kafka.tools.StorageTool format -t "J${cluster_id:1}" -c "$stack/server.properties" >"$stack/log/kafka-format.log" 2>&1; then
            report kafka "failed Kafka's folder could not be formatted: $(tail -n 1 "$stack/log/kafka-format.log")"
            return 1
        fi
    fi

    report kafka "starting"
    start_process kafka "$java" -Xms256m -Xmx1g -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:+ExitOnOutOfMemoryError \
        -Djava.awt.headless=true -Dorg.slf4j.simpleLogger.defaultLogLevel=info -Dorg.slf4j.simpleLogger.showDateTime=true \
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS" \
        -Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn \
        -cp "$kafka_libs/*" kafka.Kafka "$stack/server.properties"
}

# The broker says so once it is registered, unfenced and listening.
kafka_is_ready() { grep -q 'Kafka Server started' "$(log_of kafka)" 2>/dev/null; }
stop_kafka() { stop_process kafka TERM 20; }

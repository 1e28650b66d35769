"""confluent-kafka (librdkafka) against the broker: `main.py suite|produce|consume BOOTSTRAP ...`. Prints `@{...}` lines."""

import base64
import json
import sys
import threading
import time
import traceback

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

PATIENCE = 30
# The time of the records: recent, or retention would remove them under a check's eyes.
BASE = int(time.time() * 1000) - 3_600_000
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def tell(**entry):
    print("@" + json.dumps(entry), flush=True)


def eventually(what, ask, right):
    until = time.monotonic() + PATIENCE
    while True:
        answer = ask()
        if right(answer):
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"{what}: last answer {answer!r}")
        time.sleep(0.05)


def same(what, expected, actual):
    assert expected == actual, f"{what}: expected {expected!r} but got {actual!r}"


class Kit:
    def __init__(self, bootstrap, prefix=""):
        self.common = {"bootstrap.servers": bootstrap, "topic.metadata.refresh.interval.ms": 2000}
        self.prefix = prefix
        self.names = 0
        self.admin = AdminClient(self.common)

    def name(self, what):
        self.names += 1
        return f"{self.prefix}-{what}-{self.names}"

    def create(self, topic, partitions=1, config=None):
        self.admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})])[topic].result(20)

    def topic(self, partitions=1, **config):
        topic = self.name("t")
        self.create(topic, partitions, {key.replace("_", "."): value for key, value in config.items()})

        # In Kafka the metadata tell of a leader a moment before it leads.
        ends = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}

        def led():
            try:
                return len([each.result(10) for each in self.admin.list_offsets(dict(ends)).values()])
            except KafkaException as cause:
                return cause

        eventually("leaders", led, lambda count: count == partitions)
        return topic

    def producer(self, **config):
        settings = {key.replace("_", "."): value for key, value in config.items()}
        return Producer({**self.common, "linger.ms": 50, "message.timeout.ms": 20000, **settings})

    def consumer(self, group, **config):
        settings = {key.replace("_", "."): value for key, value in config.items()}
        fixed = {"auto.offset.reset": "earliest", "enable.auto.commit": False, "fetch.wait.max.ms": 100}
        # In the new protocol the broker says how often members are to be heard of.
        classic = {} if settings.get("group.protocol") == "consumer" else {"session.timeout.ms": 6000, "heartbeat.interval.ms": 200}
        return Consumer({**self.common, "group.id": group, **classic, **fixed, **settings})

    def send(self, topic, records, partition=0, **config):
        """Sends records and answers the broker's reports: the messages, or the errors."""
        reports = []
        producer = self.producer(**config)
        for record in records:
            producer.produce(topic, partition=partition, on_delivery=lambda error, message: reports.append(error or message), **record)
        left = producer.flush(PATIENCE)
        same("records without report", 0, left)
        return reports

    def fill(self, topic, count, prefix="v", partition=0, **config):
        records = [dict(key=f"k{i}", value=f"{prefix}{i}", timestamp=BASE + i) for i in range(count)]
        for report in self.send(topic, records, partition, **config):
            assert not hasattr(report, "code"), report
        return records

    def read(self, topic, start, count, partition=0):
        consumer = self.consumer(self.name("reader"))
        try:
            consumer.assign([TopicPartition(topic, partition, start)])
            return take(consumer, count)
        finally:
            consumer.close()


def only(futures):
    """The one future of a map; the map must live on, the client finds the future through it."""
    return next(iter(futures.values())).result(10)


def take(consumer, count):
    got = []
    until = time.monotonic() + PATIENCE
    while len(got) < count and time.monotonic() < until:
        for message in consumer.consume(count - len(got), 0.1):
            if message.error():
                raise KafkaException(message.error())
            got.append(message)
    assert len(got) == count, f"{len(got)} of {count} records came"
    return got


def refused(name, body):
    try:
        answer = body()
    except KafkaException as cause:
        same("error", name, cause.args[0].name())
        return
    raise AssertionError(f"expected {name}, but it answered {answer!r}")


def values(messages):
    return [message.value().decode() for message in messages]


def round_trip(kit, codec):
    topic = kit.topic()
    everything = bytes(range(256))
    records = [
        dict(key="key", value="value", headers=[("a", b"1"), ("a", b"2"), ("null", None), ("all", everything)]),
        dict(key=None, value="no key"),
        dict(key="no value", value=None),
        dict(key="", value=""),
        dict(key="grüß 😀", value=everything),
        dict(key=everything, value=b"compress me " * 20000),
    ]
    reports = kit.send(topic, records, compression_type=codec)
    same("offsets", list(range(len(records))), [report.offset() for report in reports])
    as_bytes = lambda value: value.encode() if isinstance(value, str) else value
    for record, message in zip(records, kit.read(topic, OFFSET_BEGINNING, len(records))):
        same("key", as_bytes(record["key"]), message.key())
        same("value", as_bytes(record["value"]), message.value())
        same("headers", record.get("headers"), message.headers())
        same("leader epoch", 0, message.leader_epoch())


def inside_batch(kit):
    topic = kit.topic()
    kit.fill(topic, 30, compression_type="lz4")
    got = kit.read(topic, 17, 13)
    same("offsets", list(range(17, 30)), [message.offset() for message in got])
    same("values", [f"v{i}" for i in range(17, 30)], values(got))


def watermarks(kit):
    topic = kit.topic()
    kit.fill(topic, 10)
    consumer = kit.consumer(kit.name("g"))
    at = TopicPartition(topic, 0)
    same("watermarks", (0, 10), consumer.get_watermark_offsets(at, 10))
    for i in (0, 4, 9):
        found = consumer.offsets_for_times([TopicPartition(topic, 0, BASE + i)], 10)
        same("by time", i, found[0].offset)
    consumer.close()
    for spec, offset in ((OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 10), (OffsetSpec.max_timestamp(), 9), (OffsetSpec.for_timestamp(BASE + 3), 3)):
        asked = kit.admin.list_offsets({at: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        same("list offsets", offset, asked[at].result(10).offset)


class Member:
    """A member of a group that polls in a thread of its own."""

    def __init__(self, kit, group, topics, **config):
        self.consumer = kit.consumer(group, **config)
        self.got = []
        self.failure = None
        self.stopping = False
        self.owned = []
        self.consumer.subscribe(topics)
        self.thread = threading.Thread(target=self.poll)
        self.thread.start()

    def poll(self):
        try:
            while not self.stopping:
                for message in self.consumer.consume(100, 0.05):
                    if message.error():
                        raise KafkaException(message.error())
                    self.got.append(message.value().decode())
                self.owned = [(each.topic, each.partition) for each in self.consumer.assignment()]
            try:
                self.consumer.commit(asynchronous=False)
            except KafkaException:
                pass  # there is nothing to commit
            self.consumer.close()
        except Exception as cause:  # told by whoever waits for this member
            self.failure = cause

    def close(self):
        self.stopping = True
        self.thread.join()
        self.owned = []
        if self.failure:
            raise self.failure


def settled(members, count):
    calm = [0]

    def right(shares):
        everything = sum(shares, [])
        calm[0] = calm[0] + 1 if len(everything) == count and len(set(everything)) == count else 0
        return calm[0] >= 6

    eventually("every partition has one owner", lambda: [member.owned for member in members], right)


def two_each(members):
    """A group of the new protocol is whole all the time: the others have their shares a little later."""
    eventually("two each", lambda: [len(member.owned) for member in members], lambda shares: all(share == 2 for share in shares))


def sharing(kit, **config):
    topic = kit.topic(6)
    group = kit.name("g")
    members = [Member(kit, group, [topic], **config) for _ in range(3)]
    try:
        settled(members, 6)
        two_each(members)
        settled(members, 6)
        for partition in range(6):
            kit.fill(topic, 5, f"{partition}/", partition)
        eventually("all read", lambda: sum(len(member.got) for member in members), lambda count: count >= 30)
        same("each once", 30, len(set(sum((member.got for member in members), []))))
        members.pop(0).close()
        settled(members, 6)
    finally:
        for member in members:
            member.close()


def static_member(kit, **config):
    topic = kit.topic(4)
    group = kit.name("g")
    other = Member(kit, group, [topic], group_instance_id="two", **config)
    first = Member(kit, group, [topic], group_instance_id="one", **config)
    two_each([first, other])
    settled([first, other], 4)
    owned = sorted(first.owned)
    first.close()
    again = Member(kit, group, [topic], group_instance_id="one", **config)
    two_each([again, other])
    settled([again, other], 4)
    same("the same partitions", owned, sorted(again.owned))
    again.close()
    other.close()


def resume(kit):
    topic = kit.topic()
    group = kit.name("g")
    kit.fill(topic, 10)
    at = TopicPartition(topic, 0)
    consumer = kit.consumer(group)
    consumer.subscribe([topic])
    take(consumer, 4)
    consumer.commit(offsets=[TopicPartition(topic, 0, 4, metadata="four", leader_epoch=0)], asynchronous=False)
    committed = consumer.committed([at], 10)[0]
    same("committed", (4, "four", 0), (committed.offset, committed.metadata, committed.leader_epoch))
    consumer.close()
    consumer = kit.consumer(group)
    consumer.subscribe([topic])
    same("resumed", ["v4", "v5", "v6", "v7", "v8", "v9"], values(take(consumer, 6)))
    consumer.close()


def idempotent(kit):
    topic = kit.topic()
    reports = kit.send(topic, [dict(value=str(i)) for i in range(2000)], enable_idempotence=True, batch_num_messages=10, linger_ms=0)
    same("offsets", list(range(2000)), [report.offset() for report in reports])
    same("values", [str(i) for i in range(2000)], values(kit.read(topic, 0, 2000)))


def produce_errors(kit):
    topic = kit.topic(**{"max_message_bytes": "1000"})
    same("too large", "MSG_SIZE_TOO_LARGE", kit.send(topic, [dict(value="x" * 2000)])[0].name())
    compacted = kit.topic(**{"cleanup_policy": "compact"})
    same("keyless", "INVALID_RECORD", kit.send(compacted, [dict(value="x")])[0].name())
    timed = kit.topic(**{"message_timestamp_before_max_ms": "1000"})
    same("old", "INVALID_TIMESTAMP", kit.send(timed, [dict(value="x", timestamp=1)])[0].name())


def auto_creation(kit):
    topic = kit.name("auto")
    producer = kit.producer()
    reports = []
    producer.produce(topic, "v", on_delivery=lambda error, message: reports.append(error or message))
    producer.flush(PATIENCE)
    same("offset", 0, reports[0].offset())


def log_append_time(kit):
    topic = kit.topic(**{"message_timestamp_type": "LogAppendTime"})
    before = time.time() * 1000
    kit.send(topic, [dict(value="a", timestamp=5)])
    kind, stamp = kit.read(topic, 0, 1)[0].timestamp()
    same("kind", 2, kind)
    assert stamp >= before - 1, (stamp, before)


def admin_topics(kit):
    topic = kit.topic(2)
    refused("TOPIC_ALREADY_EXISTS", lambda: kit.create(topic))
    refused("TOPIC_EXCEPTION", lambda: kit.create("not a name"))
    refused("INVALID_CONFIG", lambda: kit.create(kit.name("c"), config={"retention.ms": "x"}))
    kit.admin.create_partitions([NewPartitions(topic, 5)])[topic].result(10)
    refused("INVALID_PARTITIONS", lambda: kit.admin.create_partitions([NewPartitions(topic, 1)])[topic].result(10))
    eventually("five partitions", lambda: len(kit.admin.list_topics(topic, 10).topics[topic].partitions), lambda count: count == 5)
    kit.fill(topic, 5)
    at = TopicPartition(topic, 0, 3)
    same("low watermark", 3, kit.admin.delete_records([at])[at].result(10).low_watermark)
    kit.admin.delete_topics([topic])[topic].result(10)
    refused("UNKNOWN_TOPIC_OR_PART", lambda: only(kit.admin.delete_topics([kit.name("missing")])))


def admin_configs(kit):
    topic = kit.topic()
    resource = ConfigResource(ResourceType.TOPIC, topic)

    def described():
        return kit.admin.describe_configs([resource])[resource].result(10)

    same("LONG", "9223372036854775807", described()["flush.messages"].value)
    same("empty", "", described()["leader.replication.throttled.replicas"].value)
    append = ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND)
    only(kit.admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[append])]))
    eventually("appended", lambda: described()["cleanup.policy"].value, lambda value: value == "delete,compact")
    bad = ConfigEntry("no.such", "1", incremental_operation=AlterConfigOpType.SET)
    wrong = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[bad])
    refused("INVALID_CONFIG", lambda: only(kit.admin.incremental_alter_configs([wrong])))


def admin_groups(kit):
    topic = kit.topic(2)
    group = kit.name("g")
    member = Member(kit, group, [topic])
    settled([member], 2)
    described = kit.admin.describe_consumer_groups([group])[group].result(10)
    same("state", "STABLE", described.state.name)
    same("assigned", 2, len(described.members[0].assignment.topic_partitions))
    listed = kit.admin.list_consumer_groups().result(10).valid
    assert group in [each.group_id for each in listed]
    member.close()
    offsets = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 0)])
    altered = kit.admin.alter_consumer_group_offsets([offsets])[group].result(10)
    same("altered", None, altered.topic_partitions[0].error)
    found = kit.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(10)
    same("offsets", [(topic, 0, 0)], [(each.topic, each.partition, each.offset) for each in found.topic_partitions])
    kit.admin.delete_consumer_groups([group])[group].result(10)
    refused("GROUP_ID_NOT_FOUND", lambda: kit.admin.delete_consumer_groups([group])[group].result(10))


def cluster(kit):
    described = kit.admin.describe_cluster().result(10)
    same("nodes", 1, len(described.nodes))
    same("controller", described.nodes[0].id, described.controller.id)
    same("cluster id", 22, len(described.cluster_id))


CHECKS = {
    **{f"round trip: {codec}": (lambda codec: lambda kit: round_trip(kit, codec))(codec) for codec in CODECS},
    "consume: from an offset inside a batch": inside_batch,
    "offsets: watermarks, by time, special ones": watermarks,
    **{f"group: members share and leave, {each}": (lambda each: lambda kit: sharing(kit, partition_assignment_strategy=each))(each) for each in ("range", "roundrobin", "cooperative-sticky")},
    "new group: members share and leave": lambda kit: sharing(kit, group_protocol="consumer"),
    "new group: a static member returns to its partitions": lambda kit: static_member(kit, group_protocol="consumer"),
    "group: a static member returns to its partitions": static_member,
    "group: commit with metadata, and resume": resume,
    "produce: idempotent": idempotent,
    "produce: too large, keyless, too old": produce_errors,
    "produce: an unknown topic is created": auto_creation,
    "produce: LogAppendTime": log_append_time,
    "admin: topics, partitions, records": admin_topics,
    "admin: configs": admin_configs,
    "admin: groups": admin_groups,
    "admin: cluster": cluster,
}


def suite(bootstrap, prefix, wanted=""):
    kit = Kit(bootstrap, prefix)
    done = 0
    for check, body in CHECKS.items():
        if wanted not in check:
            continue
        started = time.monotonic()
        detail = None
        try:
            body(kit)
        except Exception:
            detail = traceback.format_exc()
        tell(check=check, ok=detail is None, ms=int((time.monotonic() - started) * 1000), detail=detail)
        done += 1
    tell(done=done)


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(value):
    return None if value is None else base64.b64encode(value).decode()


def produce(bootstrap, file):
    with open(file) as job_file:
        job = json.load(job_file)
    kit = Kit(bootstrap)
    for target in job["topics"]:
        records = [
            dict(
                key=decoded(record["key"]),
                value=decoded(record["value"]),
                timestamp=record["timestamp"],
                headers=[(name, decoded(value)) for name, value in record["headers"]],
            )
            for record in job["records"]
        ]
        for report in kit.send(target["topic"], records, compression_type=target["codec"]):
            assert not hasattr(report, "code"), report


def consume(bootstrap, file):
    with open(file) as job_file:
        job = json.load(job_file)
    kit = Kit(bootstrap, "reader")
    for source in job["topics"]:
        for message in kit.read(source["topic"], OFFSET_BEGINNING, source["count"]):
            tell(
                topic=message.topic(),
                offset=message.offset(),
                timestamp=message.timestamp()[1],
                key=encoded(message.key()),
                value=encoded(message.value()),
                headers=[[name, encoded(value)] for name, value in message.headers() or []],
            )


if __name__ == "__main__":
    {"suite": suite, "produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])

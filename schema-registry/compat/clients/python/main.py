"""confluent-kafka's registry client and Avro serdes: `main.py write|read|manage '{...}'`. Prints `@{...}` lines."""

import json
import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

PATIENCE = 30


def tell(value):
    print("@" + json.dumps(value), flush=True)


def order(index):
    return {
        "id": 9_000_000_000 + index,
        "writer": "python",
        "total": index + 0.25,
        "note": f"note {index}" if index % 2 == 0 else None,
        "tags": ["a", f"t{index}"],
        "counts": {"x": index, "y": -index},
        "state": ["NEW", "PAID", "SENT"][index % 3],
        "customer": {"name": f"c{index}", "vip": index % 2 == 0},
        "raw": bytes([0, index, 255]),
        "digest": bytes([1, 2, 3, index]),
    }


def told(value):
    return {**value, "raw": value["raw"].hex(), "digest": value["digest"].hex()}


def client_of(options):
    return SchemaRegistryClient({"url": options["registry"]})


def write(options):
    config = {"auto.register.schemas": True}
    if options["framing"] == "guid":
        config["schema.id.serializer"] = header_schema_id_serializer
    serialize = AvroSerializer(client_of(options), options["schema"], conf=config)
    producer = Producer({"bootstrap.servers": options["bootstrap"]})
    topic = options["topic"]
    for index in range(options["from"], options["from"] + options["count"]):
        context = SerializationContext(topic, MessageField.VALUE, {})
        producer.produce(topic, serialize(order(index), context), headers=context.headers)
    if producer.flush(PATIENCE) > 0:
        raise AssertionError("not everything was sent")


def read(options):
    deserialize = AvroDeserializer(client_of(options))
    topic = options["topic"]
    consumer = Consumer(
        {"bootstrap.servers": options["bootstrap"], "group.id": f"{topic}-python", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    left = options["count"]
    while left > 0:
        message = consumer.poll(PATIENCE)
        if message is None:
            raise AssertionError(f"{left} records did not come")
        if message.error():
            raise AssertionError(str(message.error()))
        context = SerializationContext(topic, MessageField.VALUE, message.headers())
        tell(told(deserialize(message.value(), context)))
        left -= 1
    consumer.close()


def code_of(ask):
    try:
        ask()
        return "fine"
    except SchemaRegistryError as error:
        return error.error_code


def manage(options):
    client, subject = client_of(options), options["subject"]
    schema = Schema(options["schema"], "AVRO")
    following = Schema(options["nextSchema"], "AVRO")
    broken = Schema(options["brokenSchema"], "AVRO")
    number = client.register_schema(subject, schema)
    again = client_of(options).register_schema(subject, schema)
    guid = client.register_schema_full_response(subject, schema).guid
    client.set_compatibility(subject, "FULL")
    compatible = client.test_compatibility(subject, following)
    incompatible = client.test_compatibility(subject, broken)
    next_number = client.register_schema(subject, following)
    tell(
        {
            "sameIdAgain": again == number,
            "otherIdForNext": next_number != number,
            "guidIsId": client_of(options).get_schema_by_guid(guid).schema_str == client.get_schema(number).schema_str,
            "levelAfterwards": client_of(options).get_compatibility(subject),
            "compatible": compatible,
            "incompatible": incompatible,
            "refused": code_of(lambda: client.register_schema(subject, broken)),
            "latestIsNext": client.get_latest_version(subject).schema_id == next_number,
            "versions": client.get_versions(subject),
            "versionOfSchema": client.lookup_schema(subject, schema).version,
            "isListed": subject in client.get_subjects(),
            "isUsed": subject in client.get_subjects_by_schema_id(next_number),
            "types": "AVRO" in client.get_schema_types(),
            "missing": code_of(lambda: client.get_schema(1_000_000)),
            "missingSubject": code_of(lambda: client.get_latest_version(subject + "-none")),
            "missingVersion": code_of(lambda: client_of(options).get_version(subject, 9)),
            "deleted": client.delete_subject(subject),
            "deletedTwice": code_of(lambda: client.delete_subject(subject)),
            "deletedForGood": client.delete_subject(subject, permanent=True),
            "isListedAfterwards": subject in client.get_subjects(),
        }
    )


{"write": write, "read": read, "manage": manage}[sys.argv[1]](json.loads(sys.argv[2]))

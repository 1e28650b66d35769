// The codecs of record batches by their id in a batch's attributes. Source: org.apache.kafka.common.record.internal.CompressionType.

export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type CompressionType = (typeof compressionTypes)[number]

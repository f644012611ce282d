package health

// Metric is one thing that is measured of a connector.
type Metric int

// The metrics. What each of them is stands in the table below, and nowhere
// else: the host's metrics, the status line, the reference in the README and
// the dashboard in conf/ are made from it or checked against it.
const (
	Failed Metric = iota
	FailedSince
	LastActivity
	NewestRecord
	OldestWaiting
	Objects
	Records
	Duplicates
	BadRecords
	FilteredRecords
	ReplacedBytes
	GoneObjects
	Quarantine
	Quarantined
	Errors
	Throttled
	Bytes
	APICalls
	Polls
	ListedKeys
	LastPoll
	MessagesReceived
	MessagesDeleted
	MessagesReturned
	MessagesForeign
	MessagesExtended
	QueueLag
	ObjectsReconciled
	LogGroups
	LogPages
	Digests
	DigestsUnverified
	DigestFiles
	DigestRecoveredFiles
	DigestForgottenFiles
	DigestMissingFiles
	DigestAlteredFiles
	DigestUnlistedFiles
	DigestChainFaults
	BackfillDone
	BackfillObjects
	BackfillPercent
	BackfillSecondsLeft
	BackfillComplete
	AppendRefused
	Paused
	QueueBytes
	DurabilityDegraded

	metricCount
)

// Definition is what a metric is.
type Definition struct {
	Name  string // in the host's registry, after MetricPrefix
	Unit  string // in words; "" for a plain number
	Help  string
	Gauge bool   // else a counter
	Line  string // its key in the status line; "" where it is not in it or not as it is
	Part  string // the part of a connector that it is about, see Status.With; "": all have it
}

// PartDigests is the part that verifies digests.
const PartDigests = "digests"

// MetricPrefix is what the host puts before each name.
const MetricPrefix = "fluentbit_input_stellar_aws_"

// Units.
const (
	unitEpoch = "seconds of the Unix epoch; 0: never"
	unitBool  = "0 or 1"
	unitBytes = "bytes"
)

var definitions = [metricCount]Definition{
	Failed:        {Name: "failed", Gauge: true, Unit: unitBool, Help: "Whether the connector's state is failed: something it needs does not work, or it has ended for good."},
	FailedSince:   {Name: "failed_since_timestamp_seconds", Gauge: true, Unit: unitEpoch, Help: "Since when the state is failed; 0 while it is ok."},
	LastActivity:  {Name: "last_activity_timestamp_seconds", Gauge: true, Unit: unitEpoch, Help: "When Fluent Bit last stored records of the connector."},
	NewestRecord:  {Name: "newest_record_timestamp_seconds", Gauge: true, Unit: unitEpoch, Help: "Time of the newest record delivered: the lag is how long ago that is."},
	OldestWaiting: {Name: "oldest_waiting_timestamp_seconds", Gauge: true, Unit: unitEpoch, Help: "Time of the oldest object found and not yet delivered, or up to which all log groups were read; 0 where nothing waits."},

	Objects:         {Name: "objects_total", Line: "objects", Help: "Objects delivered to their end."},
	Records:         {Name: "records_total", Line: "records", Help: "Records read and handed over to Fluent Bit."},
	Duplicates:      {Name: "duplicates_total", Line: "duplicates", Help: "Objects and log events met again and not delivered again."},
	BadRecords:      {Name: "bad_records_total", Line: "bad_records", Help: "Records that could not be read and were left out."},
	FilteredRecords: {Name: "filtered_records_total", Line: "filtered_records", Help: "Records that log_filter dropped."},
	ReplacedBytes:   {Name: "replaced_bytes_total", Unit: unitBytes, Help: "Bytes that were not Unicode text and were replaced by U+FFFD."},
	GoneObjects:     {Name: "gone_objects_total", Line: "gone", Help: "Objects that were deleted or overwritten before they were read."},
	Quarantine:      {Name: "quarantine_objects", Gauge: true, Help: "Objects that are set aside now because they cannot be read."},
	Quarantined:     {Name: "quarantined_objects_total", Help: "Times an object was set aside because it cannot be read."},
	Errors:          {Name: "errors_total", Line: "errors", Help: "Attempts at objects and log groups that failed and are repeated."},
	Throttled:       {Name: "throttled_total", Line: "throttles", Help: "Requests that AWS refused because of their rate."},
	Bytes:           {Name: "bytes_total", Line: "bytes", Unit: unitBytes, Help: "Bytes read: of objects as they are stored, of log events' messages."},
	APICalls:        {Name: "api_calls_total", Line: "api_calls", Help: "Requests to AWS, repeated ones too."},

	Polls:             {Name: "polls_total", Help: "Listings of the bucket."},
	ListedKeys:        {Name: "listed_keys_total", Help: "Keys that the listings returned."},
	LastPoll:          {Name: "last_poll_timestamp_seconds", Gauge: true, Unit: unitEpoch, Help: "When the last listing ended."},
	MessagesReceived:  {Name: "queue_messages_received_total", Help: "Messages received from the queue."},
	MessagesDeleted:   {Name: "queue_messages_deleted_total", Help: "Messages deleted after all their objects were delivered."},
	MessagesReturned:  {Name: "queue_messages_returned_total", Help: "Messages given back to the queue: an object could not be read, or they are for others."},
	MessagesForeign:   {Name: "queue_foreign_messages_total", Help: "Messages received that are not for this connector, or not wholly."},
	MessagesExtended:  {Name: "queue_messages_extended_total", Help: "Times a message was kept hidden from other nodes for longer."},
	QueueLag:          {Name: "queue_lag_seconds", Gauge: true, Unit: "seconds", Help: "Age of the message that was received last; 0 while the queue is empty."},
	ObjectsReconciled: {Name: "reconciled_objects_total", Help: "Objects found by listing of which no notification had told."},

	LogGroups: {Name: "log_groups", Gauge: true, Help: "Log groups, or parts of them, that are read."},
	LogPages:  {Name: "log_pages_total", Help: "Pages of log events read."},

	Digests:              {Name: "digests_total", Line: "digests", Part: PartDigests, Help: "CloudTrail digest files read."},
	DigestsUnverified:    {Name: "digests_unverified_total", Line: "digests_unverified", Part: PartDigests, Help: "Digest files whose signature could not be checked, for want of a public key."},
	DigestFiles:          {Name: "digest_files_total", Line: "digest_files", Part: PartDigests, Help: "Log files that a digest lists and whose hash is right."},
	DigestRecoveredFiles: {Name: "digest_recovered_files_total", Line: "digest_recovered_files", Part: PartDigests, Help: "Log files that had been missed and were collected because a digest lists them."},
	DigestForgottenFiles: {Name: "digest_forgotten_files_total", Line: "digest_forgotten_files", Part: PartDigests, Help: "Log files that a digest lists and that lie too far back to know whether they were collected."},
	DigestMissingFiles:   {Name: "digest_missing_files_total", Line: "digest_missing_files", Part: PartDigests, Help: "Log files that a digest lists and that are not in the bucket."},
	DigestAlteredFiles:   {Name: "digest_altered_files_total", Line: "digest_altered_files", Part: PartDigests, Help: "Log files that are not what CloudTrail delivered."},
	DigestUnlistedFiles:  {Name: "digest_unlisted_files_total", Line: "digest_unlisted_files", Part: PartDigests, Help: "Log files that no digest lists."},
	DigestChainFaults:    {Name: "digest_chain_faults_total", Line: "digest_chain_faults", Part: PartDigests, Help: "Faults of the digests themselves: missing, moved, damaged, wrongly signed, or a gap in their chain."},

	BackfillDone:        {Name: "backfill_done_objects", Gauge: true, Help: "Objects of a backfill's range that are done with, by this run and those before."},
	BackfillObjects:     {Name: "backfill_objects", Gauge: true, Help: "Objects in a backfill's range; 0 until they are counted."},
	BackfillPercent:     {Name: "backfill_done_percent", Gauge: true, Help: "Share of a backfill's range that is done with; 0 until it is known."},
	BackfillSecondsLeft: {Name: "backfill_left_seconds", Gauge: true, Unit: "seconds; 0: not known", Help: "How long a backfill will still take, at its pace up to now."},
	BackfillComplete:    {Name: "backfill_complete", Gauge: true, Unit: unitBool, Help: "Whether a backfill has come to its end."},

	AppendRefused:      {Name: "append_refused_total", Help: "Times Fluent Bit took no batch; it was kept and offered again."},
	Paused:             {Name: "paused", Gauge: true, Unit: unitBool, Help: "Whether Fluent Bit has paused the instance."},
	QueueBytes:         {Name: "queue_bytes", Gauge: true, Unit: unitBytes, Help: "Bytes of records that wait until Fluent Bit takes them."},
	DurabilityDegraded: {Name: "durability_degraded", Gauge: true, Unit: unitBool, Help: "Whether records can be lost after the plugin counts them as delivered."},
}

// Definition is what m is.
func (m Metric) Definition() Definition { return definitions[m] }

// Definitions are all metrics, in the order of the reference documentation.
func Definitions() []Definition { return definitions[:] }

package generate

// Browser agents of console events.
const consoleAgent = `Mozilla/5.0 (${one:Windows NT 10.0; Win64; x64|X11; Linux x86_64|Macintosh; Intel Mac OS X 10_15_7}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${n:120..137}.0.0.0 Safari/537.36`

// signInEvents are console sign-ins and console actions.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
var signInEvents = []trailEvent{
	{name: "signin.ConsoleLogin", weight: 5, who: "user", ip: "${ip}", agent: consoleAgent, write: true, eventType: "AwsConsoleSignIn", host: "${region}.signin.aws.amazon.com",
		response: `{"ConsoleLogin":"Success"}`, additional: `{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=hashArgsFromTB_${region}_${hex:16}","MobileVersion":"No","MFAIdentifier":"arn:${partition}:iam::${account}:mfa/${user}","MFAUsed":"Yes"}`},
	{name: "signin.ConsoleLogin failed", weight: 4, who: "user unknown", ip: "${ip}", agent: consoleAgent, write: true, eventType: "AwsConsoleSignIn", host: "${region}.signin.aws.amazon.com",
		errorText: "${one:Failed authentication|No username found in supplied account}", response: `{"ConsoleLogin":"Failure"}`, additional: `{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"No"}`},
	{name: "signin.ConsoleLogin root", weight: 1, who: "root", ip: "${ip}", agent: consoleAgent, write: true, eventType: "AwsConsoleSignIn", host: "signin.aws.amazon.com",
		response: `{"ConsoleLogin":"Success"}`, additional: `{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"${one:Yes|No}"}`},
	{name: "signin.ConsoleLogin role", weight: 5, who: "role roleSource", ip: "${ip}", agent: consoleAgent, write: true, eventType: "AwsConsoleSignIn", host: "${region}.signin.aws.amazon.com",
		response: `{"ConsoleLogin":"Success"}`, additional: `{"MobileVersion":"No","MFAUsed":"No"}`},
	{name: "signin.SwitchRole", weight: 2, who: "role", ip: "${ip}", agent: consoleAgent, write: true, eventType: "AwsConsoleSignIn", plain: true,
		response: `{"SwitchRole":"Success"}`, additional: `{"SwitchFrom":"arn:${partition}:iam::${account}:user/${user}","RedirectTo":"https://console.aws.amazon.com/"}`},
	{name: "billingconsole.GetBillingDetails", weight: 2, who: "rootSession", ip: "${ip}", agent: consoleAgent, eventType: "AwsConsoleAction", plain: true, tail: `,"sessionCredentialFromConsole":"true"`},
}

// serviceEvents are made by a service itself; no one called.
var serviceEvents = []trailEvent{
	{name: "kms.RotateKey", weight: 2, who: "untyped", ip: "${service}", agent: "${service}", plain: true, write: true, eventType: "AwsServiceEvent", details: `{"keyId":"${kmskey}","rotationType":"AUTOMATIC"}`, resources: kmsResource},
	{name: "autoscaling.TerminateInstanceInAutoScalingGroup", weight: 4, who: "untyped", ip: "AWS Internal", agent: "AWS Internal", plain: true, write: true, eventType: "AwsServiceEvent", details: `{"instanceId":"${instance}","cause":null}`},
	{name: "health.DescribeEventAggregates", weight: 6, who: "userInvoked", ip: "health.amazonaws.com", agent: "AWS Internal", plain: true, request: `{"filter":{"eventStatusCodes":["open","upcoming"],"startTimes":[{"from":"${date:-604800}"}]},"aggregateField":"eventTypeCategory"}`},
}

// dataEvents are calls on the contents of resources.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
var dataEvents = []trailEvent{
	{name: "s3.GetObject", weight: 100, who: "role roleEC2 roleInvoked", category: "Data", request: `{"bucketName":"${bucket}","Host":"${bucket}.s3.${region}.${suffix}","key":"${objectkey}"}`, additional: s3Additional, resources: s3Resources, host: "${bucket}.s3.${region}.${suffix}"},
	{name: "s3.PutObject", weight: 40, who: "role roleWeb", category: "Data", write: true, additional: s3Additional, resources: s3Resources, host: "${bucket}.s3.${region}.${suffix}",
		request:  `{"bucketName":"${bucket}","Host":"${bucket}.s3.${region}.${suffix}","key":"${objectkey}","x-amz-server-side-encryption":"aws:kms","x-amz-storage-class":"STANDARD"}`,
		response: `{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:${partition}:kms:${region}:${account}:key/${kmskey}","x-amz-version-id":"${b62:32}"}`},
	{name: "s3.DeleteObjects", weight: 3, who: "role", category: "Data", write: true, request: `{"bucketName":"${bucket}","Host":"${bucket}.s3.${region}.${suffix}","delete":""}`, additional: s3Additional, resources: `[{"type":"AWS::S3::Object","ARNPrefix":"arn:${partition}:s3:::${bucket}/"},{"accountId":"${account}","type":"AWS::S3::Bucket","ARN":"arn:${partition}:s3:::${bucket}"}]`},
	{name: "s3.GetObject anonymous", weight: 4, who: "anonymous", ip: "${ip}", agent: "[curl/8.5.0]", category: "Data", errorCode: "AccessDenied", errorText: "Access Denied", request: `{"bucketName":"${bucket}","Host":"${bucket}.s3.amazonaws.com","key":"${objectkey}"}`, additional: s3Additional, resources: s3Resources},
	{name: "lambda.Invoke", weight: 20, who: "role service", ip: "${service}", agent: "${service}", plain: true, category: "Data", write: true, request: `{"functionName":"arn:${partition}:lambda:${region}:${account}:function:order-service","invocationType":"Event"}`, additional: `{"functionVersion":"arn:${partition}:lambda:${region}:${account}:function:order-service:$LATEST"}`, resources: `[{"accountId":"${account}","type":"AWS::Lambda::Function","ARN":"arn:${partition}:lambda:${region}:${account}:function:order-service"}]`},
	{name: "dynamodb.GetItem", weight: 20, who: "role", category: "Data", request: `{"tableName":"orders","key":{"order-id":{"s":"HIDDEN_DUE_TO_SECURITY_REASONS"}},"consistentRead":false,"returnConsumedCapacity":"NONE"}`, resources: `[{"accountId":"${account}","type":"AWS::DynamoDB::Table","ARN":"arn:${partition}:dynamodb:${region}:${account}:table/orders"}]`},
}

// networkEvents are calls through a VPC endpoint, in files of their own. The
// documentation spells their type AwsVpceEvents, records AwsVpceEvent.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
var networkEvents = []trailEvent{
	{name: "kms.Decrypt endpoint denied", weight: 3, who: "otherAccount role", category: "NetworkActivity", eventType: "${one:AwsVpceEvents|AwsVpceEvent}", ip: "${privateip}", errorCode: "VpceAccessDenied", errorText: "The request was denied due to a VPC endpoint policy", endpoint: privateEndpoint},
	{name: "s3.GetObject endpoint", weight: 5, who: "role roleEC2", category: "NetworkActivity", eventType: "${one:AwsVpceEvents|AwsVpceEvent}", ip: "${privateip}", endpoint: privateEndpoint},
	{name: "secretsmanager.GetSecretValue endpoint", weight: 3, who: "role", category: "NetworkActivity", eventType: "${one:AwsVpceEvents|AwsVpceEvent}", ip: "${privateip}", endpoint: privateEndpoint},
}

// Insight events: unusual call or error rates, a Start and an End that share an id.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html
const (
	insightStart = `{"eventVersion":"1.09","eventTime":"${time}","awsRegion":"${region}","eventID":"${event}","eventType":"AwsCloudTrailInsight","recipientAccountId":"${account}","sharedEventID":"${shared}","insightDetails":{"state":"Start",` + insightContext + `}}},"eventCategory":"Insight"}`
	insightEnd   = `{"eventVersion":"1.09","eventTime":"${time}","awsRegion":"${region}","eventID":"${event}","eventType":"AwsCloudTrailInsight","recipientAccountId":"${account}","sharedEventID":"${lastid}","insightDetails":{"state":"End",` + insightContext + `,"insightDuration":${n:1..90}}}},"eventCategory":"Insight"}`

	insightContext = `"eventSource":"ssm.amazonaws.com","eventName":"UpdateInstanceInformation","insightType":"${one:ApiCallRateInsight|ApiErrorRateInsight}","insightContext":{` +
		`"attributions":[{"attribute":"userIdentityArn","insight":[{"value":"arn:${partition}:sts::${account}:assumed-role/${role}/${session}","average":${n:2..40}.${n:1..9}}],"baseline":[{"value":"arn:${partition}:sts::${account}:assumed-role/${role}/${session}","average":8.82145E-5}]},` +
		`{"attribute":"userAgent","insight":[{"value":"${agent}","average":${n:2..40}}],"baseline":[]},{"attribute":"errorCode","insight":[{"value":"null","average":${n:2..40}.25}],"baseline":[{"value":"null","average":0.0034722222}]}],` +
		`"statistics":{"baseline":{"average":0.00${n:10000..99999}},"insight":{"average":${n:2..40}.${n:1..9}},"baselineDuration":${n:10080..20160}`
)

// aggregated sums data events up over five minutes: an own schema, without
// eventTime and eventName, and with eventId for eventID.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aggregated-events.html
const (
	aggregatedHead = `{"eventVersion":"1.0","accountId":"${account}","eventId":"${event}","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent","awsRegion":"${region}","eventSource":"s3.amazonaws.com",`
	aggregatedTail = `"windowSize":"PT5M"},"summary":{"primaryDimension":{"dimension":"eventName","statistics":[{"name":"GetObject","value":${n:100..90000}},{"name":"PutObject","value":${n:1..99}}],"aggregationType":"Count"},` +
		`"details":[{"dimension":"resourceARN","statistics":[{"name":"arn:${partition}:s3:::${bucket}","value":${n:100..90000}}],"aggregationType":"Count"},{"dimension":"userIdentity","statistics":[{"name":"AssumedRole:${role}","value":${n:1..900}}],"aggregationType":"Count"},` +
		`{"dimension":"sourceIpAddress","statistics":[{"name":"${ip}","value":${n:1..900}},{"name":"AWS Internal","value":${n:1..900}}],"aggregationType":"Count"}]}}`

	aggregatedSpaced = aggregatedHead + `"timeWindow":{"windowStart":"${spaced}","windowEnd":"${spaced:300}",` + aggregatedTail
	aggregatedISO    = aggregatedHead + `"timeWindow":{"windowStart":"${time}","windowEnd":"${time:300}",` + aggregatedTail
)

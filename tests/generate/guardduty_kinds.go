package generate

// finding is one type of GuardDuty finding.
//
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-active.html
type finding struct {
	kind     string
	severity string
	resource string
	service  string // from action on; "" for none
	title    string
}

// Parts of findings.
const (
	findingHead = `{"schemaVersion":"2.0","accountId":"${account}","region":"${region}","partition":"${partition}","id":"${hex:32}","arn":"arn:${partition}:guardduty:${region}:${account}:detector/6ab6e6ee780ed494f3b7ca56acdc74df/finding/${hex:32}","type":"`

	findingTimes = `"evidence":null,"eventFirstSeen":"${time:-3600}","eventLastSeen":"${time}","archived":false,"count":${n:1..40}`

	findingInstance = `{"resourceType":"Instance","instanceDetails":{"instanceId":"${instance}","instanceType":"m6i.large","launchTime":"${time:-864000}","platform":null,"productCodes":[],"iamInstanceProfile":{"arn":"arn:${partition}:iam::${account}:instance-profile/${role}","id":"AIPA${id:17}"},` +
		`"networkInterfaces":[{"ipv6Addresses":[],"networkInterfaceId":"${eni}","privateDnsName":"ip-10-0-0-1.ec2.internal","privateIpAddress":"${privateip}","privateIpAddresses":[{"privateDnsName":"ip-10-0-0-1.ec2.internal","privateIpAddress":"${privateip}"}],"subnetId":"${subnet}","vpcId":"${vpc}","securityGroups":[{"groupName":"web","groupId":"${sg}"}],"publicDnsName":"","publicIp":"198.51.100.7"}],` +
		`"outpostArn":null,"tags":[{"key":"Name","value":"web-1"}],"instanceState":"running","availabilityZone":"${az}","imageId":"ami-${hex:17}","imageDescription":"Amazon Linux 2023"}}`

	findingKey = `"accessKeyDetails":{"accessKeyId":"ASIA${id:16}","principalId":"${roleid}:${session}","userType":"AssumedRole","userName":"${role}"}`

	findingRemote = `{"ipAddressV4":"${ip}","organization":{"asn":"${n:1000..64000}","asnOrg":"Example Hosting","isp":"Example Hosting","org":"Example Hosting"},"country":{"countryName":"Netherlands"},"city":{"cityName":"Amsterdam"},"geoLocation":{"lat":52.3759,"lon":4.8975}}`

	findingCluster = `"eksClusterDetails":{"name":"prod","arn":"arn:${partition}:eks:${region}:${account}:cluster/prod","createdAt":1737900000.123,"vpcId":"${vpc}","status":"ACTIVE","tags":[{"key":"team","value":"platform"}]}`

	// S3 details hold times as epoch seconds with a fraction.
	findingBucket = `"s3BucketDetails":[{"arn":"arn:${partition}:s3:::${bucket}","name":"${bucket}","type":"Destination","createdAt":1513612691.551,"owner":{"id":"${hex:64}"},"tags":[],"defaultServerSideEncryption":{"encryptionType":"SSEAlgorithm","kmsMasterKeyArn":null},"publicAccess":{"permissionConfiguration":{"bucketLevelPermissions":{"accessControlList":{"allowsPublicReadAccess":false,"allowsPublicWriteAccess":false},"bucketPolicy":{"allowsPublicReadAccess":false,"allowsPublicWriteAccess":false},"blockPublicAccess":{"ignorePublicAcls":true,"restrictPublicBuckets":true,"blockPublicAcls":true,"blockPublicPolicy":true}}},"effectivePermission":"NOT_PUBLIC"}}]`
)

var findings = []finding{
	{"UnauthorizedAccess:EC2/SSHBruteForce", "5", findingInstance,
		`"action":{"actionType":"NETWORK_CONNECTION","networkConnectionAction":{"connectionDirection":"INBOUND","remoteIpDetails":` + findingRemote + `,"remotePortDetails":{"port":${n:1024..65535},"portName":"Unknown"},"localPortDetails":{"port":22,"portName":"SSH"},"protocol":"TCP","blocked":false,"localIpDetails":{"ipAddressV4":"${privateip}"}}},"resourceRole":"TARGET","additionalInfo":{"value":"{}","type":"default"},`,
		`${ip} is performing SSH brute force attacks against ${instance}.`},
	{"Recon:EC2/PortProbeUnprotectedPort", "2", findingInstance,
		`"action":{"actionType":"PORT_PROBE","portProbeAction":{"blocked":false,"portProbeDetails":[{"localPortDetails":{"port":443,"portName":"HTTPS"},"localIpDetails":{"ipAddressV4":"${privateip}"},"remoteIpDetails":` + findingRemote + `}]}},"resourceRole":"TARGET","additionalInfo":{"threatName":"Scanner","threatListName":"ProofPoint"},`,
		`Unprotected port on EC2 instance ${instance} is being probed.`},
	{"CryptoCurrency:EC2/BitcoinTool.B!DNS", "8", findingInstance,
		`"action":{"actionType":"DNS_REQUEST","dnsRequestAction":{"domain":"pool.example.net","protocol":"UDP","blocked":false,"domainWithSuffix":"example.net"}},"resourceRole":"ACTOR","additionalInfo":{"threatListName":"ProofPoint"},`,
		`The EC2 instance ${instance} is querying a domain name that is associated with Bitcoin-related activity.`},
	{"Backdoor:EC2/C&CActivity.B", "8", findingInstance,
		`"action":{"actionType":"NETWORK_CONNECTION","networkConnectionAction":{"connectionDirection":"OUTBOUND","remoteIpDetails":` + findingRemote + `,"remotePortDetails":{"port":8443,"portName":"Unknown"},"localPortDetails":{"port":${n:1024..65535},"portName":"Unknown"},"protocol":"TCP","blocked":false}},"resourceRole":"ACTOR","additionalInfo":{"threatName":"Emotet"},`,
		`EC2 instance ${instance} is communicating outbound with a known Command & Control server.`},
	{"UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", "8", `{"resourceType":"AccessKey",` + findingKey + `}`,
		`"action":{"actionType":"AWS_API_CALL","awsApiCallAction":{"api":"GetCallerIdentity","serviceName":"sts.amazonaws.com","callerType":"Remote IP","errorCode":"","remoteIpDetails":` + findingRemote + `,"affectedResources":{"AWS::IAM::Role":"arn:${partition}:iam::${account}:role/${role}"}}},"resourceRole":"TARGET","additionalInfo":{"apiCalls":[{"name":"GetCallerIdentity","count":3,"firstSeen":${epoch:-60},"lastSeen":${epoch}}]},`,
		`Credentials for the EC2 instance role ${role} were used from a remote AWS account.`},
	{"PrivilegeEscalation:IAMUser/AnomalousBehavior", "5", `{"resourceType":"AccessKey",` + findingKey + `}`,
		`"action":{"actionType":"AWS_API_CALL","awsApiCallAction":{"api":"PutRolePolicy","serviceName":"iam.amazonaws.com","callerType":"Domain","domainDetails":{"domain":"cloudformation.amazonaws.com"},"affectedResources":{}}},"resourceRole":"TARGET","additionalInfo":{"anomalies":{"anomalousAPIs":"iam.amazonaws.com:[PutRolePolicy:success]"},"profiledBehavior":"","unusualBehavior":""},`,
		`User ${role} is anomalously invoking APIs commonly used in PrivilegeEscalation tactics.`},
	{"Discovery:S3/MaliciousIPCaller", "8.0", `{"resourceType":"S3Bucket",` + findingKey + `,` + findingBucket + `}`,
		`"action":{"actionType":"AWS_API_CALL","awsApiCallAction":{"api":"ListObjects","serviceName":"s3.amazonaws.com","callerType":"Remote IP","remoteIpDetails":` + findingRemote + `,"remoteAccountDetails":{"accountId":"${other}","affiliated":true},"affectedResources":{"AWS::S3::Bucket":"${bucket}"}}},"resourceRole":"TARGET","additionalInfo":{},`,
		`API ListObjects was invoked from a known malicious IP address.`},
	{"PrivilegeEscalation:Kubernetes/PrivilegedContainer", "5", `{"resourceType":"EKSCluster",` + findingCluster + `,"kubernetesDetails":{"kubernetesUserDetails":{"username":"kubernetes-admin","uid":"aws-iam-authenticator:${account}:${userid}","groups":["system:masters","system:authenticated"],"sessionName":[]},"kubernetesWorkloadDetails":{"name":"debug-shell","type":"pods","uid":"${uuid}","namespace":"default","hostNetwork":true,"containers":[{"name":"shell","image":"alpine:3.20","securityContext":{"privileged":true}}]}}}`,
		`"action":{"actionType":"KUBERNETES_API_CALL","kubernetesApiCallAction":{"requestUri":"/api/v1/namespaces/default/pods","verb":"create","sourceIps":["${ip}"],"userAgent":"kubectl/v1.32.3","remoteIpDetails":` + findingRemote + `,"statusCode":201,"parameters":null,"resource":"pods","namespace":"default"}},"resourceRole":"TARGET","additionalInfo":{},`,
		`Privileged container with root level access launched on EKS cluster prod.`},
	{"CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin", "8", `{"resourceType":"RDSDBInstance","rdsDbInstanceDetails":{"dbInstanceIdentifier":"orders-1","engine":"Aurora PostgreSQL","engineVersion":"16.6","dbClusterIdentifier":"orders","dbInstanceArn":"arn:${partition}:rds:${region}:${account}:db:orders-1","tags":[]},"rdsDbUserDetails":{"user":"postgres","application":"psql","database":"orders","ssl":"TLSv1.3","authMethod":"password"}}`,
		`"action":{"actionType":"RDS_LOGIN_ATTEMPT","rdsLoginAttemptAction":{"remoteIpDetails":` + findingRemote + `,"loginAttributes":[{"user":"postgres","application":"psql","successfulLoginAttempts":1,"failedLoginAttempts":${n:10..400}}]}},"resourceRole":"TARGET","additionalInfo":{},`,
		`A user successfully logged into the RDS database orders-1 in an anomalous way.`},
	{"UnauthorizedAccess:Lambda/TorRelay", "8", `{"resourceType":"Lambda","lambdaDetails":{"functionArn":"arn:${partition}:lambda:${region}:${account}:function:order-service","functionName":"order-service","description":"","lastModifiedAt":1748000000.0,"revisionId":"${uuid}","functionVersion":"$LATEST","role":"arn:${partition}:iam::${account}:role/${role}","vpcConfig":{"subnetIds":[],"vpcId":"","securityGroups":[]},"tags":[]}}`,
		`"action":{"actionType":"NETWORK_CONNECTION","networkConnectionAction":{"connectionDirection":"OUTBOUND","remoteIpDetails":` + findingRemote + `,"remotePortDetails":{"port":9001,"portName":"Unknown"},"localPortDetails":{"port":${n:1024..65535},"portName":"Unknown"},"protocol":"TCP","blocked":false}},"resourceRole":"ACTOR","additionalInfo":{},`,
		`Lambda function order-service is communicating with a Tor relay.`},
	{"Execution:Runtime/NewBinaryExecuted", "5", `{"resourceType":"EKSCluster",` + findingCluster + `,"containerDetails":{"id":"${hex:64}","name":"web","image":"nginx:1.27","imagePrefix":""}}`,
		`"resourceRole":"TARGET","detection":null,"runtimeDetails":{"process":{"name":"xmrig","executablePath":"/tmp/xmrig","executableSha256":"${hex:64}","pid":${n:2..99999},"namespacePid":7,"startTime":${epoch:-5}.25,"uuid":"${uuid}","parentUuid":"${uuid}","user":"root","userId":0,"euid":0,"lineage":[{"startTime":${epoch:-9}.5,"namespacePid":1,"userId":0,"name":"sh","pid":1,"uuid":"${uuid}","executablePath":"/bin/sh","euid":0}]},"context":{"modifiedAt":${epoch},"targetProcess":null,"ianaProtocolNumber":null}},"additionalInfo":{"agentDetails":{"agentVersion":"1.9.0","agentId":"${hex:20}"}},`,
		`A container ran a newly introduced binary.`},
	// Malware and attack sequence findings have no action.
	{"Execution:EC2/MaliciousFile", "8", findingInstance,
		`"resourceRole":"TARGET","ebsVolumeScanDetails":{"scanId":"${hex:32}","scanStartedAt":"${time:-600}","scanCompletedAt":"${time:-60}","sources":["Amazon GuardDuty"],"scanDetections":{"scannedItemCount":{"totalGb":8,"files":${n:20000..90000},"volumes":1},"threatsDetectedItemCount":{"files":1},"highestSeverityThreatDetails":{"severity":"HIGH","threatName":"EICAR-Test-File","count":1}}},"additionalInfo":{},`,
		`A security risk was detected on EC2 instance ${instance}.`},
	{"AttackSequence:IAM/CompromisedCredentials", "9.0", `{"resourceType":"AttackSequence"}`,
		`"detection":{"sequence":{"uid":"${hex:32}","description":"A sequence of actions involving ${n:3..9} signals indicating possible credential compromise","actors":[{"id":"${roleid}","user":{"name":"${role}","uid":"${roleid}","type":"AssumedRole"},"session":{"uid":"ASIA${id:16}","mfaStatus":"DISABLED","issuer":"arn:${partition}:iam::${account}:role/${role}"}}],"signals":[{"uid":"${hex:32}","type":"FINDING","severity":5.0,"count":1,"firstSeenAt":${epoch:-300}.0,"lastSeenAt":${epoch}.0,"name":"PrivilegeEscalation:IAMUser/AnomalousBehavior"}],"sequenceIndicators":[{"key":"ATTACK_TACTIC","values":["Privilege Escalation"],"title":null}]}},"additionalInfo":{},`,
		`Potential credential compromise of ${role} indicated by a sequence of actions.`},
}

func findingChoices() []choice {
	all := make([]choice, len(findings))
	for i, f := range findings {
		text := findingHead + f.kind + `","resource":` + f.resource + `,"service":{"serviceName":"guardduty","detectorId":"6ab6e6ee780ed494f3b7ca56acdc74df",` + f.service + findingTimes +
			`},"severity":` + f.severity + `,"createdAt":"${time:-3000}","updatedAt":"${time:30}","title":"` + f.title + `","description":"` + f.title + `"}`
		all[i] = choice{f.kind, 1, mustParse(text)}
	}
	return all
}

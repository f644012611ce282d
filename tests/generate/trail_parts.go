package generate

// Parts that several CloudTrail events share.
const (
	kmsResource  = `[{"accountId":"${account}","type":"AWS::KMS::Key","ARN":"arn:${partition}:kms:${region}:${account}:key/${kmskey}"}]`
	roleResource = `[{"accountId":"${account}","type":"AWS::IAM::Role","ARN":"arn:${partition}:iam::${account}:role/${role}"}]`
	s3Resources  = `[{"type":"AWS::S3::Object","ARN":"arn:${partition}:s3:::${bucket}/${objectkey}"},{"accountId":"${account}","type":"AWS::S3::Bucket","ARN":"arn:${partition}:s3:::${bucket}"}]`

	sessionCredentials = `{"credentials":{"accessKeyId":"ASIA${id:16}","sessionToken":"IQoJb3JpZ2luX2VjE${b64:300}==","expiration":"${date:3600}"},"assumedRoleUser":{"assumedRoleId":"${roleid}:${session}","arn":"arn:${partition}:sts::${account}:assumed-role/${role}/${session}"}}`

	s3Additional = `{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":${one:0|0.0|1},"AuthenticationMethod":"AuthHeader","x-amz-id-2":"${b64:75}=","bytesTransferredOut":${n:0..90000}}`

	runInstancesRequest = `{"instancesSet":{"items":[{"imageId":"ami-${hex:17}","minCount":1,"maxCount":4}]},"instanceType":"${one:t3.micro|m6i.large|c7g.2xlarge}","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":50,"deleteOnTermination":true,"volumeType":"gp3","encrypted":true}}]},` +
		`"monitoring":{"enabled":false},"disableApiTermination":${one:false|true},"disableApiStop":false,"clientToken":"${uuid}","networkInterfaceSet":{"items":[{"deviceIndex":0,"subnetId":"${subnet}","deleteOnTermination":true,"groupSet":{"items":[{"groupId":"${sg}"}]}}]},` +
		`"iamInstanceProfile":{"arn":"arn:${partition}:iam::${account}:instance-profile/${role}"},"ebsOptimized":false,"userData":"<sensitiveDataRemoved>","tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"kubernetes.io/cluster/prod","value":"owned"},{"key":"Name","value":"worker"}]}]},"metadataOptions":{"httpTokens":"required","httpPutResponseHopLimit":2}}`

	runInstancesResponse = `{"requestId":"${request}","reservationId":"r-${hex:17}","ownerId":"${account}","groupSet":{},"instancesSet":{"items":[${instances}]}}`

	// runInstance is one item of a RunInstances answer.
	runInstance = `{"instanceId":"i-${hex:17}","imageId":"ami-${hex:17}","currentState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-${n:0..3}-${n:0..9}-${n:4..254}.ec2.internal","amiLaunchIndex":${n:0..3},"productCodes":{},"instanceType":"m6i.large","launchTime":${ms},"placement":{"availabilityZone":"${az}","tenancy":"default"},` +
		`"monitoring":{"state":"disabled"},"subnetId":"${subnet}","vpcId":"${vpc}","privateIpAddress":"10.${n:0..3}.${n:0..9}.${n:4..254}","stateReason":{"code":"pending","message":"pending"},"architecture":"x86_64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","blockDeviceMapping":{},"virtualizationType":"hvm","hypervisor":"xen",` +
		`"tagSet":{"items":[{"key":"Name","value":"worker"},{"key":"kubernetes.io/cluster/prod","value":"owned"}]},"groupSet":{"items":[{"groupId":"${sg}","groupName":"eks-nodes"}]},"sourceDestCheck":true,"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-${hex:17}","subnetId":"${subnet}","vpcId":"${vpc}","ownerId":"${account}","status":"in-use",` +
		`"macAddress":"0a:${hex:2}:${hex:2}:${hex:2}:${hex:2}:${hex:2}","sourceDestCheck":true,"attachment":{"attachmentId":"eni-attach-${hex:17}","deviceIndex":0,"status":"attaching","attachTime":${ms},"deleteOnTermination":true},"tagSet":{}}]},"ebsOptimized":false,"enaSupport":true,"cpuOptions":{"coreCount":1,"threadsPerCore":2},"capacityReservationSpecification":{"capacityReservationPreference":"open"}}`
)

package generate

// identities are the userIdentity elements by the principals that occur, in
// the key order of real records.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
var identities = map[string]string{
	"user": `{"type":"IAMUser","principalId":"${userid}","arn":"arn:${partition}:iam::${account}:user/${user}","accountId":"${account}","accessKeyId":"${userkey}","userName":"${user}"}`,

	"userMFA": `{"type":"IAMUser","principalId":"${userid}","arn":"arn:${partition}:iam::${account}:user/${user}","accountId":"${account}","accessKeyId":"${usertemp}","userName":"${user}",` +
		`"sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"${usersince}","mfaAuthenticated":"true"}}}`,

	// A user whose request an AWS service carries out.
	"userInvoked": `{"type":"IAMUser","principalId":"${userid}","arn":"arn:${partition}:iam::${account}:user/${user}","accountId":"${account}","accessKeyId":"${usertemp}","userName":"${user}",` +
		`"sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"${usersince}","mfaAuthenticated":"false"}},"invokedBy":"${service}"}`,

	"role": roleHead + roleContext + `"attributes":{"creationDate":"${rolesince}","mfaAuthenticated":"false"}}}`,

	"roleEC2": roleHead + roleContext + `"attributes":{"creationDate":"${rolesince}","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}}`,

	"roleInvoked": roleHead + roleContext + `"attributes":{"creationDate":"${rolesince}","mfaAuthenticated":"false"}},"invokedBy":"${service}"}`,

	"roleSource": roleHead + roleContext + `"attributes":{"creationDate":"${rolesince}","mfaAuthenticated":"true"},"sourceIdentity":"${person}"}}`,

	"roleWeb": roleHead + roleContext + `"webIdFederationData":{"federatedProvider":"arn:${partition}:iam::${account}:oidc-provider/token.actions.githubusercontent.com",` +
		`"attributes":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}},"attributes":{"creationDate":"${rolesince}","mfaAuthenticated":"false"}}}`,

	"root": `{"type":"Root","principalId":"${account}","arn":"arn:${partition}:iam::${account}:root","accountId":"${account}","accessKeyId":""}`,

	"rootSession": `{"type":"Root","principalId":"${account}","arn":"arn:${partition}:iam::${account}:root","accountId":"${account}","accessKeyId":"${usertemp}",` +
		`"sessionContext":{"attributes":{"creationDate":"${usersince}","mfaAuthenticated":"true"}}}`,

	"service": `{"type":"AWSService","invokedBy":"${service}"}`,

	"otherAccount": `{"type":"AWSAccount","principalId":"AROA${id:17}:cross-account","accountId":"${other}"}`,

	"anonymous": `{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`,

	"federated": `{"type":"FederatedUser","principalId":"${account}:${user}","arn":"arn:${partition}:sts::${account}:federated-user/${user}","accountId":"${account}","accessKeyId":"${usertemp}",` +
		`"sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"${userid}","arn":"arn:${partition}:iam::${account}:user/${user}","accountId":"${account}","userName":"${user}"},` +
		`"webIdFederationData":{},"attributes":{"creationDate":"${usersince}","mfaAuthenticated":"false"}}}`,

	"webIdentity": `{"type":"WebIdentityUser","principalId":"arn:${partition}:iam::${account}:oidc-provider/oidc.eks.${region}.${suffix}/id/3F2504E04F8911D39A0C0305E82C3301:sts.amazonaws.com:system:serviceaccount:kube-system:aws-node",` +
		`"userName":"system:serviceaccount:kube-system:aws-node","identityProvider":"arn:${partition}:iam::${account}:oidc-provider/oidc.eks.${region}.${suffix}/id/3F2504E04F8911D39A0C0305E82C3301"}`,

	"saml": `{"type":"SAMLUser","principalId":"${b64:27}=:${person}","userName":"${person}","identityProvider":"${b64:27}="}`,

	"identityCenter": `{"type":"IdentityCenterUser","accountId":"${account}","onBehalfOf":{"userId":"${hex:10}-${uuid}","identityStoreArn":"arn:${partition}:identitystore::${account}:identitystore/d-${hex:10}"},"credentialId":"${b62:24}"}`,

	"directory": `{"type":"Directory","principalId":"d-${hex:10}","accountId":"${account}","userName":"CORP\\svc-workspaces"}`,

	"unknown": `{"type":"Unknown","principalId":"${userid}","accountId":"${account}","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,

	// Service events carry no type.
	"untyped": `{"accountId":"${account}","invokedBy":"${service}"}`,
}

const (
	roleHead = `{"type":"AssumedRole","principalId":"${roleid}:${session}","arn":"arn:${partition}:sts::${account}:assumed-role/${role}/${session}","accountId":"${account}","accessKeyId":"${rolekey}",`

	roleContext = `"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"${roleid}","arn":"arn:${partition}:iam::${account}:role/${role}","accountId":"${account}","userName":"${role}"},`
)

package generate

import (
	"fmt"
	"strings"
)

// account is what belongs to an account whatever the region.
type account struct {
	id      string
	users   []principal
	roles   []principal
	buckets []string
	people  []string // user names of the identity provider
}

// principal is an IAM user or role.
type principal struct {
	name, id, key string // id: AIDA… or AROA…; key: AKIA… or ASIA…
	temp          string // access key of the user's session, ASIA…
	session       string // a role's usual session name
	age           int64  // seconds the session is older than the log
}

// site is an account's resources in one region.
type site struct {
	*account
	region    string
	partition string // of ARNs: aws, aws-us-gov, aws-cn
	suffix    string // of host names: amazonaws.com, amazonaws.com.cn
	vpcs      []string
	hosts     []host
	keys      []string // KMS key ids
	secrets   []secret
	tgw       string
	tgwTies   []string // Transit Gateway attachments
}

// host is an instance and its network interface.
type host struct {
	instance, eni, subnet, vpc, group string
	ip, ip6                           string
	az, zone                          string // the letter of the zone; the zone id, use1-az1
}

// secret is a secret's name with its random suffix, and its current version.
type secret struct{ name, version string }

type siteKey struct{ account, region string }

// account gives the account of that id, the same whenever it is asked for.
func (g *Generator) account(id string) *account {
	if a := g.accounts[id]; a != nil {
		return a
	}
	r := newRandom(g.seed, "account/"+id)
	a := &account{id: id, people: []string{"grace.hopper@example.com", "alan.turing@example.com", "ana.gómez@example.com", "k.okafor@example.com"}}
	for _, name := range []string{"deploy-bot", "terraform", "grace", "alan", "backup_svc", "ci.runner+prod@example.com", "readonly-auditor", "jörg"} {
		a.users = append(a.users, principal{name: name, id: "AIDA" + r.idString(17), key: "AKIA" + r.idString(16), temp: "ASIA" + r.idString(16), age: int64(r.between(60, 3000))})
	}
	for _, role := range [][2]string{
		{"eks-node-group", "i-" + r.hexString(17)},
		{"app-server-role", "i-" + r.hexString(17)},
		{"AWSReservedSSO_AdministratorAccess_" + r.hexString(16), "grace.hopper@example.com"},
		{"AWSReservedSSO_ReadOnly_" + r.hexString(16), "alan.turing@example.com"},
		{"order-service-lambda", "order-service"},
		{"ci-deployment", "GitHubActions"},
		{"OrganizationAccountAccessRole", "1748851200123456789"},
		{"siem-collector", "aws-go-sdk-1748851200123456789"},
	} {
		a.roles = append(a.roles, principal{name: role[0], session: role[1], id: "AROA" + r.idString(17), key: "ASIA" + r.idString(16), age: int64(r.between(60, 3000))})
	}
	for _, name := range []string{"data-lake-raw", "app-assets", "tf-state", "logs.archive", "backups", "ml-training-sets"} {
		a.buckets = append(a.buckets, name+"-"+id)
	}
	g.accounts[id] = a
	return a
}

// site gives an account's resources in a region.
func (g *Generator) site(acct, region string) *site {
	key := siteKey{acct, region}
	if s := g.sites[key]; s != nil {
		return s
	}
	r := newRandom(g.seed, "site/"+acct+"/"+region)
	s := &site{account: g.account(acct), region: region, partition: "aws", suffix: "amazonaws.com"}
	switch {
	case strings.HasPrefix(region, "cn-"):
		s.partition, s.suffix = "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		s.partition = "aws-us-gov"
	}
	for range 3 {
		s.vpcs = append(s.vpcs, "vpc-"+r.hexString(17))
		s.tgwTies = append(s.tgwTies, "tgw-attach-"+r.hexString(17))
	}
	s.tgw = "tgw-" + r.hexString(17)
	subnets := make([]string, 6)
	for i := range subnets {
		subnets[i] = "subnet-" + r.hexString(17)
	}
	for i := range 32 {
		n := i % len(subnets)
		s.hosts = append(s.hosts, host{
			instance: "i-" + r.hexString(17), eni: "eni-" + r.hexString(17), group: "sg-" + r.hexString(17),
			subnet: subnets[n], vpc: s.vpcs[n%len(s.vpcs)], az: string(rune('a' + n%3)), zone: fmt.Sprintf("%s-az%d", zonePrefix(region), 1+n%3),
			ip:  fmt.Sprintf("10.%d.%d.%d", n%3, n, r.between(4, 254)),
			ip6: fmt.Sprintf("2600:1f18:%x:%x::%x", 0x4000+n%3, n, r.between(0x10, 0xffff)),
		})
	}
	for range 5 {
		id := r.uuid()
		s.keys = append(s.keys, string(id[:]))
	}
	for _, name := range []string{"prod/db/master", "prod/api/stripe", "staging/db/master", "rds!cluster-3f2a", "ci/docker-registry"} {
		version := r.uuid()
		s.secrets = append(s.secrets, secret{name + "-" + string(r.base62(nil, 6)), string(version[:])})
	}
	g.sites[key] = s
	return s
}

// zonePrefix shortens a region as zone ids do: us-east-1 is use1.
func zonePrefix(region string) string {
	parts := strings.Split(region, "-")
	short := parts[0]
	for _, p := range parts[1:] {
		switch p {
		case "northeast", "northwest", "southeast", "southwest":
			short += p[:1] + p[5:6]
		default:
			short += p[:1]
		}
	}
	return short
}

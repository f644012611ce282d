package generate

// record is what one record being made keeps referring to: the same host, key
// or id occurs in several of its fields.
type record struct {
	*site
	at        int64 // epoch seconds
	milli     int   // milliseconds within the second
	user      *principal
	role      *principal
	host      *host
	bucket    string
	key       string // KMS key id
	secret    *secret
	person    string
	service   string // AWS service that calls on someone's behalf
	agent     string
	country   string
	event     [uuidLen]byte
	request   [uuidLen]byte
	continues bool    // the actors are those of the record before
	ip        [4]byte // public address of the client
}

// begin draws what a record refers to.
func (g *Generator) begin() *record {
	r, rec := g.rnd, &g.rec
	rec.at = g.scope.from + int64(r.n(int(max(1, g.scope.to-g.scope.from))))
	rec.milli = r.n(1000)
	rec.event, rec.request = r.uuid(), r.uuid()
	// Callers come in bursts: most records have the actor and the target of the
	// one before, which is what makes real logs compress well.
	if rec.continues = g.inScope(rec) && r.percent(burst); rec.continues {
		return rec
	}
	acct, region := g.scope.account, g.scope.region
	if acct == "" {
		acct = g.opt.Accounts[r.skewed(len(g.opt.Accounts))]
	}
	if region == "" {
		region = g.opt.Regions[r.skewed(len(g.opt.Regions))]
	}
	g.place(rec, acct, region)
	rec.user = &rec.users[r.skewed(len(rec.users))]
	rec.role = &rec.roles[r.skewed(len(rec.roles))]
	rec.host = &rec.hosts[r.skewed(len(rec.hosts))]
	rec.bucket = rec.buckets[r.skewed(len(rec.buckets))]
	rec.key = rec.keys[r.skewed(len(rec.keys))]
	rec.secret = &rec.secrets[r.n(len(rec.secrets))]
	rec.person = rec.people[r.skewed(len(rec.people))]
	rec.service = services[r.skewed(len(services))]
	rec.agent = agents[r.skewed(len(agents))]
	rec.country = countries[r.skewed(len(countries))]
	rec.ip = publicIP(r)
	return rec
}

// burst is the percentage of records that continue what the one before did.
const burst = 70

// inScope tells whether a record's actors may be used again.
func (g *Generator) inScope(rec *record) bool {
	return rec.user != nil && (g.scope.account == "" || g.scope.account == rec.id) && (g.scope.region == "" || g.scope.region == rec.region)
}

// place puts a record into an account and region.
func (g *Generator) place(rec *record, acct, region string) {
	if rec.site == nil || rec.id != acct || rec.region != region {
		rec.site = g.site(acct, region)
		rec.user = nil // was another account's
	}
}

// publicIP draws an address of the documentation and other ranges that can
// stand for the internet without being anyone's in particular.
func publicIP(r *random) [4]byte {
	nets := [...][3]byte{{203, 0, 113}, {198, 51, 100}, {192, 0, 2}, {198, 18, 0}, {198, 19, 7}, {203, 0, 113}}
	net := nets[r.n(len(nets))]
	return [4]byte{net[0], net[1], net[2], byte(r.between(1, 254))}
}

// Values that real logs repeat.
var (
	services = []string{
		"s3.amazonaws.com", "secretsmanager.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com", "eks.amazonaws.com",
		"config.amazonaws.com", "autoscaling.amazonaws.com", "inspector2.amazonaws.com", "rds.amazonaws.com", "logs.amazonaws.com",
	}
	agents = []string{
		"aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.2 md/GOOS#linux md/GOARCH#amd64 exec-env/AWS_ECS_FARGATE api/ssm#1.58.2 m/E,g",
		"Boto3/1.38.23 md/Botocore#1.38.23 ua/2.1 os/linux#6.8.0-1029-aws md/arch#x86_64 lang/python#3.12.10 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.38.23",
		"APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/5.97.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.23.8 md/GOOS#linux md/GOARCH#amd64 api/iam#1.41.1",
		"aws-sdk-java/2.31.40 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.236-228.935.amzn2.x86_64 lang/java#17.0.15 md/OpenJDK_64-Bit_Server_VM#17.0.15+6-LTS md/vendor#Amazon.com_Inc. md/en cfg/auth-source#env m/D,N",
		"[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.782 Linux/5.10.236-208.928.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.452-b09 java/1.8.0_452 kotlin/1.3.72 vendor/Oracle_Corporation cfg/retry-mode/standard]",
		"aws-cli/2.27.22 md/awscrt#0.26.1 ua/2.1 os/macos#24.5.0 md/arch#arm64 lang/python#3.13.3 md/pyimpl#CPython m/C,E,b,Z cfg/retry-mode#standard md/installer#source md/command#sts.get-caller-identity",
		"kube2iam/aws-sdk-go/1.55.7 (go1.24.1; linux; amd64) amazon-vpc-cni-k8s/v1.19.5",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
		"aws-sdk-go/1.55.5 (go1.22.12; linux; amd64) amazon-ssm-agent/3.3.2299.0",
		"AWS Internal",
	}
	countries = []string{"US", "DE", "GB", "NL", "FR", "IN", "BR", "CN", "RU", "SG", "-"}
)

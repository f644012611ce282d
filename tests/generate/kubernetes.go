package generate

// AppendAudit appends an audit.k8s.io/v1 event of an EKS control plane.
//
// https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
func (g *Generator) AppendAudit(b []byte) []byte {
	g.begin()
	return g.lib.audit.append(g, b)
}

// AppendControlPlane appends a line of the other EKS control plane logs, which
// are text: klog, or the authenticator's logfmt.
func (g *Generator) AppendControlPlane(b []byte) []byte {
	g.begin()
	return g.lib.control.append(g, b)
}

// AppendContainer appends a line that a container wrote to its standard output,
// as the awslogs driver passes it on, or as FireLens wraps it.
func (g *Generator) AppendContainer(b []byte) []byte {
	g.begin()
	return g.lib.containers.append(g, b)
}

// Parts of audit events.
const (
	auditHead = `{"kind":"Event","apiVersion":"audit.k8s.io/v1",`
	auditTime = `"requestReceivedTimestamp":"${micro}","stageTimestamp":"${micro}","annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"system:node-proxier\" of ClusterRole \"system:node-proxier\" to Group \"system:nodes\""}}`

	auditNode  = `"user":{"username":"system:node:ip-10-0-1-17.ec2.internal","uid":"aws-iam-authenticator:${account}:${roleid}","groups":["system:bootstrappers","system:nodes","system:authenticated"],"extra":{"accessKeyId":["${rolekey}"],"arn":["arn:${partition}:sts::${account}:assumed-role/${role}/${session}"],"canonicalArn":["arn:${partition}:iam::${account}:role/${role}"],"sessionName":["${session}"]}},"sourceIPs":["${privateip}"],"userAgent":"kubelet/v1.32.3 (linux/amd64) kubernetes/32cc146",`
	auditAdmin = `"user":{"username":"kubernetes-admin","uid":"aws-iam-authenticator:${account}:${userid}","groups":["system:masters","system:authenticated"],"extra":{"arn":["arn:${partition}:iam::${account}:user/${user}"]}},"sourceIPs":["${ip}"],"userAgent":"kubectl/v1.32.3 (darwin/arm64) kubernetes/32cc146",`
)

func auditChoices() []choice {
	return []choice{
		{"lease update", 40, mustParse(auditHead + `"level":"Metadata","auditID":"${uuid}","stage":"ResponseComplete","requestURI":"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/ip-10-0-1-17?timeout=10s","verb":"update",` + auditNode +
			`"objectRef":{"resource":"leases","namespace":"kube-node-lease","name":"ip-10-0-1-17","uid":"${uuid}","apiGroup":"coordination.k8s.io","apiVersion":"v1","resourceVersion":"${digits:8}"},"responseStatus":{"metadata":{},"code":200},` + auditTime)},
		{"pod watch", 20, mustParse(auditHead + `"level":"Metadata","auditID":"${uuid}","stage":"${one:ResponseStarted|ResponseComplete}","requestURI":"/api/v1/pods?allowWatchBookmarks=true&fieldSelector=spec.nodeName%3Dip-10-0-1-17&watch=true","verb":"watch",` + auditNode +
			`"objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"metadata":{},"status":"Success","message":"Connection closed early","code":200},` + auditTime)},
		{"pod create", 8, mustParse(auditHead + `"level":"RequestResponse","auditID":"${uuid}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/default/pods?fieldManager=kubectl-run","verb":"create",` + auditAdmin +
			`"objectRef":{"resource":"pods","namespace":"default","name":"debug-${b36:5}","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":201},"requestObject":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"debug","namespace":"default","labels":{"run":"debug","app.kubernetes.io/name":"debug"}},"spec":{"containers":[{"name":"debug","image":"alpine:3.20","args":["sh","-c","sleep 3600"],"resources":{"limits":{"cpu":"100m"}},"securityContext":{"privileged":true}}],"restartPolicy":"Never","terminationGracePeriodSeconds":30}},` +
			`"responseObject":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"debug","namespace":"default","uid":"${uuid}","creationTimestamp":"${time}"},"status":{"phase":"Pending","qosClass":"Burstable"}},` + auditTime)},
		{"pod exec", 3, mustParse(auditHead + `"level":"Request","auditID":"${uuid}","stage":"ResponseStarted","requestURI":"/api/v1/namespaces/prod/pods/web-0/exec?command=%2Fbin%2Fsh&stdin=true&tty=true","verb":"create",` + auditAdmin +
			`"impersonatedUser":{"username":"system:serviceaccount:prod:web","groups":["system:serviceaccounts"]},"objectRef":{"resource":"pods","namespace":"prod","name":"web-0","apiVersion":"v1","subresource":"exec"},"responseStatus":{"metadata":{},"code":101},` + auditTime)},
		{"secret get", 6, mustParse(auditHead + `"level":"Metadata","auditID":"${uuid}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/prod/secrets/db-credentials","verb":"get",` + auditAdmin +
			`"objectRef":{"resource":"secrets","namespace":"prod","name":"db-credentials","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},` + auditTime)},
		{"anonymous denied", 4, mustParse(auditHead + `"level":"Metadata","auditID":"${uuid}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/kube-system/secrets","verb":"list","user":{"username":"system:anonymous","groups":["system:unauthenticated"]},"sourceIPs":["${ip}","${privateip}"],"userAgent":"python-requests/2.32.3","objectRef":{"resource":"secrets","namespace":"kube-system","apiVersion":"v1"},` +
			`"responseStatus":{"metadata":{},"status":"Failure","message":"secrets is forbidden: User \"system:anonymous\" cannot list resource \"secrets\"","reason":"Forbidden","code":403},"requestReceivedTimestamp":"${micro}","stageTimestamp":"${micro}","annotations":{"authorization.k8s.io/decision":"forbid","authorization.k8s.io/reason":""}}`)},
		{"health", 10, mustParse(auditHead + `"level":"Metadata","auditID":"${uuid}","stage":"RequestReceived","requestURI":"/readyz","verb":"get","user":{"username":"system:anonymous","groups":["system:unauthenticated"]},"sourceIPs":["${privateip}"],"userAgent":"ELB-HealthChecker/2.0","requestReceivedTimestamp":"${micro}","stageTimestamp":"${micro}"}`)},
	}
}

func controlChoices() []choice {
	return []choice{
		{"authenticator", 5, mustParse(`time="${time}" level=info msg="access granted" arn="arn:${partition}:iam::${account}:role/${role}" client="127.0.0.1:${n:1024..65535}" groups="[system:bootstrappers system:nodes]" method=POST path=/authenticate uid="aws-iam-authenticator:${account}:${roleid}" username="system:node:ip-10-0-1-17.ec2.internal"`)},
		{"api server", 5, mustParse(`I0602 09:04:11.${digits:6}      10 controller.go:615] quota admission added evaluator for: replicasets.apps`)},
		{"scheduler", 3, mustParse(`E0602 09:04:12.${digits:6}      10 leaderelection.go:441] "Failed to update lock optimistically" err="Put \"https://${privateip}:443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler?timeout=5s\": context deadline exceeded"`)},
	}
}

func containerChoices() []choice {
	return []choice{
		{"nginx", 30, mustParse(`${ip} - - [02/Jun/2025:09:${n:10..59}:${n:10..59} +0000] "GET /${one:|cart|api/v1/orders?page=2} HTTP/1.1" ${one:200|200|304|404|502} ${n:0..90000} "-" "Mozilla/5.0 (X11; Linux x86_64)" "${ip}"`)},
		{"json", 30, mustParse(`{"level":"${one:info|warn|error}","ts":${epoch}.${digits:6},"logger":"orders","msg":"order accepted","order_id":"${uuid}","user":{"id":${n:1..900000},"plan":"größer"},"items":[{"sku":"A-1","qty":2}],"elapsed_ms":${n:1..900}.5}`)},
		{"logfmt", 15, mustParse(`ts=${micro} caller=main.go:${n:10..400} level=info msg="request done" path=/healthz status=200 dur=${n:1..90}ms trace=${hex:32}`)},
		{"java stack", 5, mustParse("${time} ERROR [http-nio-8080-exec-${n:1..99}] c.e.OrderController - Unhandled\ncom.example.OrderException: Bestellung nicht möglich\n\tat com.example.OrderService.place(OrderService.java:${n:1..400})\n\tat java.base/java.lang.Thread.run(Thread.java:1583)")},
		{"colour", 3, mustParse("\x1b[32mINFO\x1b[0m[0042] cache warmed up ✔  entries=${n:1..9000}")},
		{"firelens", 10, mustParse(`{"source":"stdout","log":"GET /healthz 200 ${n:1..90}ms","container_id":"${hex:32}-4088846190","container_name":"order-service","ecs_cluster":"prod","ecs_task_arn":"arn:${partition}:ecs:${region}:${account}:task/prod/${hex:32}","ecs_task_definition":"order-service:42"}`)},
	}
}

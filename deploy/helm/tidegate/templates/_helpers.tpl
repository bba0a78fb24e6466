{{- define "tidegate.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tidegate.labels" -}}
{{ include "tidegate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "tidegate.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ $.Values.image.tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "tidegate.volumes" -}}
{{- if .Values.replicas.enabled }}
- name: data
  emptyDir: { medium: Memory, sizeLimit: 16Mi }
{{- else }}
{{- if .Values.backups.enabled }}
- name: backups
  persistentVolumeClaim: { claimName: {{ .Release.Name }}-backups }
{{- end }}
{{- end }}
{{- if .Values.files }}
- name: files
  configMap: { name: {{ .Release.Name }}-files }
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "tidegate.pod" -}}
metadata:
  labels:
    {{- include "tidegate.labels" . | nindent 4 }}
  {{- with .Values.files }}
  annotations:
    # a changed file restarts the pods
    checksum/files: {{ toYaml . | sha256sum | quote }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false # their TIDEGATE_… variables would be taken for settings
  # longer than the wait before it and TIDEGATE_DRAIN (30s)
  terminationGracePeriodSeconds: 45
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with .Values.scheduling }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    # without it, each start would change the owner of every file
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: tidegate
      image: {{ include "tidegate.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        - name: TIDEGATE_EXTERNAL_URL
          value: {{ .Values.externalUrl | quote }}
        {{- range $name, $value := .Values.settings }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      {{- with .Values.existingSecret }}
      envFrom:
        - secretRef: { name: {{ . }} }
      {{- end }}
      ports:
        - { name: http, containerPort: 5000 }
        - { name: ops, containerPort: 5001 }
      # The first start may wait for PostgreSQL and migrate.
      startupProbe:
        httpGet: { path: /healthz, port: ops }
        periodSeconds: 2
        failureThreshold: 150
      # Only the process: while an engine is away a restart would not help.
      livenessProbe:
        httpGet: { path: /healthz, port: ops }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # Longer than the 30 s for which requests wait for an engine that is away.
      readinessProbe:
        httpGet: { path: /readyz, port: ops }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 7
      lifecycle:
        # the endpoints forget the pod first, then it stops accepting
        preStop: { sleep: { seconds: 5 } }
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: data, mountPath: /data }
        {{- if .Values.replicas.enabled }}
        {{- else }}
        {{- if .Values.backups.enabled }}
        - { name: backups, mountPath: /backups }
        {{- end }}
        {{- end }}
        {{- if .Values.files }}
        - { name: files, mountPath: /etc/tidegate, readOnly: true }
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  {{- if .Values.replicas.enabled }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "tidegate.selector" . | nindent 10 }}
  {{- end }}
  {{- with include "tidegate.volumes" . | trim }}
  volumes:
    {{- . | nindent 4 }}
  {{- end }}
{{- end }}

CREATE TABLE "alert_rule_firings" (
	"rule_id" integer NOT NULL,
	"dedup_key" text NOT NULL,
	"group_key" text NOT NULL,
	"is_of_closed_window" boolean NOT NULL,
	"fired_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	CONSTRAINT "alert_rule_firings_rule_id_dedup_key_pk" PRIMARY KEY("rule_id","dedup_key")
);
--> statement-breakpoint
CREATE TABLE "alert_rule_states" (
	"rule_id" integer NOT NULL,
	"group_key" text NOT NULL,
	"phase" text NOT NULL,
	"reading" text NOT NULL,
	"value" text,
	"bound" text,
	"since" timestamp (3) with time zone,
	"fired_at" timestamp (3) with time zone,
	"firing_number" integer NOT NULL,
	"rule_version" integer NOT NULL,
	"closed_windows" jsonb NOT NULL,
	"late_window_start" timestamp (3) with time zone,
	"evaluated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "alert_rule_states_rule_id_group_key_pk" PRIMARY KEY("rule_id","group_key")
);
--> statement-breakpoint
CREATE TABLE "alert_rules" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"measure" text NOT NULL,
	"filters" jsonb NOT NULL,
	"group_by" text,
	"window" text NOT NULL,
	"comparison" text,
	"threshold" text NOT NULL,
	"direction" text NOT NULL,
	"for_minutes" integer NOT NULL,
	"hysteresis_percent" integer NOT NULL,
	"min_volume" integer NOT NULL,
	"severity" text NOT NULL,
	"no_data" text NOT NULL,
	"owner_id" uuid,
	"escalation_path_id" integer,
	"version" integer DEFAULT 1 NOT NULL,
	"enabled_at" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	"last_evaluated_at" timestamp (3) with time zone,
	"last_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alert_rule_firings" ADD CONSTRAINT "alert_rule_firings_rule_id_alert_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."alert_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rule_states" ADD CONSTRAINT "alert_rule_states_rule_id_alert_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."alert_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alert_rule_firings_fired" ON "alert_rule_firings" USING btree ("rule_id","fired_at");--> statement-breakpoint
CREATE INDEX "alert_rules_workspace" ON "alert_rules" USING btree ("workspace_id");
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
CREATE TABLE "alert_timeline" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"alert_id" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"dedup_key" text NOT NULL,
	"source" text NOT NULL,
	"source_id" integer,
	"severity" text NOT NULL,
	"state" text DEFAULT 'firing' NOT NULL,
	"facts" jsonb NOT NULL,
	"is_drill" boolean DEFAULT false NOT NULL,
	"owner_id" uuid,
	"backup_id" uuid,
	"escalation_path_id" integer,
	"steps" jsonb NOT NULL,
	"progress" jsonb NOT NULL,
	"round" integer DEFAULT 1 NOT NULL,
	"escalates_from" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone,
	"fired_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"acknowledged_by" text,
	"snoozed_until" timestamp (3) with time zone,
	"resolved_at" timestamp (3) with time zone,
	"resolved_reason" text
);
--> statement-breakpoint
CREATE TABLE "budget_evaluations" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"budget_id" integer NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"data_state" text NOT NULL,
	"amount" numeric(38, 18) NOT NULL,
	"spend" numeric(38, 18) NOT NULL,
	"imputed_low" numeric(38, 18) NOT NULL,
	"imputed_high" numeric(38, 18) NOT NULL,
	"forecast" numeric(38, 18),
	"forecast_low" numeric(38, 18),
	"forecast_high" numeric(38, 18),
	"data_version" text NOT NULL,
	"evaluated_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"closed_spend" numeric(38, 18),
	"revised_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "budget_threshold_states" (
	"budget_id" integer NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"basis" text NOT NULL,
	"percent" integer NOT NULL,
	"status" text NOT NULL,
	"firings" integer NOT NULL,
	"crossed_at" timestamp (3) with time zone,
	"recovered_at" timestamp (3) with time zone,
	"alert_key" text,
	CONSTRAINT "budget_threshold_states_budget_id_period_start_basis_percent_pk" PRIMARY KEY("budget_id","period_start","basis","percent")
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"name" text NOT NULL,
	"filters" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"period" text NOT NULL,
	"custom_from" timestamp with time zone,
	"custom_to" timestamp with time zone,
	"amount" numeric(38, 18) NOT NULL,
	"roll_over" boolean DEFAULT false NOT NULL,
	"owner_id" uuid,
	"backup_id" uuid,
	"thresholds" jsonb NOT NULL,
	"guard_mode" text DEFAULT 'observe' NOT NULL,
	"degrade_at_percent" integer,
	"substitute_model" text,
	"max_output_tokens" integer,
	"block_on_upper" boolean DEFAULT false NOT NULL,
	"starts_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"target" text NOT NULL,
	"sealed_settings" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"outbox_id" bigint NOT NULL,
	"channel_id" integer,
	"recipient" text NOT NULL,
	"attempt" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"is_sent" boolean NOT NULL,
	"duration_ms" integer NOT NULL,
	"answer" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "escalation_paths" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"name" text NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "escalation_steps" (
	"path_id" integer NOT NULL,
	"position" integer NOT NULL,
	"after_minutes" integer NOT NULL,
	"target_kind" text NOT NULL,
	"target_user_id" uuid,
	"target_role" text,
	"target_channel_id" integer,
	"repeat_every_minutes" integer,
	CONSTRAINT "escalation_steps_path_id_position_pk" PRIMARY KEY("path_id","position")
);
--> statement-breakpoint
CREATE TABLE "guard_settings" (
	"workspace_id" integer PRIMARY KEY NOT NULL,
	"observe_only" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "guard_states" (
	"budget_id" integer PRIMARY KEY NOT NULL,
	"decision" text NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "guard_switches" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"target" text NOT NULL,
	"value" text NOT NULL,
	"reason" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "holidays" (
	"workspace_id" integer NOT NULL,
	"day" text NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "holidays_workspace_id_day_pk" PRIMARY KEY("workspace_id","day")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"message_key" text NOT NULL,
	"workspace_id" integer NOT NULL,
	"alert_id" bigint,
	"kind" text NOT NULL,
	"channel_id" integer,
	"user_id" uuid,
	"round" integer DEFAULT 1 NOT NULL,
	"position" integer,
	"payload" jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"claimed_by" text,
	"claimed_until" timestamp (3) with time zone,
	"last_error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "outbox_message_key_unique" UNIQUE("message_key")
);
--> statement-breakpoint
CREATE TABLE "quiet_hours" (
	"workspace_id" integer PRIMARY KEY NOT NULL,
	"from_time" text,
	"to_time" text,
	"critical_passes" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "silences" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"source" text,
	"includes_critical" boolean DEFAULT false NOT NULL,
	"reason" text NOT NULL,
	"created_by" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stand_ins" (
	"id" serial PRIMARY KEY NOT NULL,
	"workspace_id" integer NOT NULL,
	"user_id" uuid NOT NULL,
	"stand_in_id" uuid NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "alert_rule_firings" ADD CONSTRAINT "alert_rule_firings_rule_id_alert_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."alert_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rule_states" ADD CONSTRAINT "alert_rule_states_rule_id_alert_rules_id_fk" FOREIGN KEY ("rule_id") REFERENCES "public"."alert_rules"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_timeline" ADD CONSTRAINT "alert_timeline_alert_id_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."alerts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_backup_id_users_id_fk" FOREIGN KEY ("backup_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budget_evaluations" ADD CONSTRAINT "budget_evaluations_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budget_threshold_states" ADD CONSTRAINT "budget_threshold_states_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_backup_id_users_id_fk" FOREIGN KEY ("backup_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_outbox_id_outbox_id_fk" FOREIGN KEY ("outbox_id") REFERENCES "public"."outbox"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_paths" ADD CONSTRAINT "escalation_paths_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_steps" ADD CONSTRAINT "escalation_steps_path_id_escalation_paths_id_fk" FOREIGN KEY ("path_id") REFERENCES "public"."escalation_paths"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_steps" ADD CONSTRAINT "escalation_steps_target_user_id_users_id_fk" FOREIGN KEY ("target_user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escalation_steps" ADD CONSTRAINT "escalation_steps_target_channel_id_channels_id_fk" FOREIGN KEY ("target_channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "guard_settings" ADD CONSTRAINT "guard_settings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "guard_states" ADD CONSTRAINT "guard_states_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "guard_switches" ADD CONSTRAINT "guard_switches_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "guard_switches" ADD CONSTRAINT "guard_switches_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holidays" ADD CONSTRAINT "holidays_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_alert_id_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."alerts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quiet_hours" ADD CONSTRAINT "quiet_hours_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "silences" ADD CONSTRAINT "silences_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stand_ins" ADD CONSTRAINT "stand_ins_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stand_ins" ADD CONSTRAINT "stand_ins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stand_ins" ADD CONSTRAINT "stand_ins_stand_in_id_users_id_fk" FOREIGN KEY ("stand_in_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alert_rule_firings_fired" ON "alert_rule_firings" USING btree ("rule_id","fired_at");--> statement-breakpoint
CREATE INDEX "alert_rules_workspace" ON "alert_rules" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "alert_timeline_alert" ON "alert_timeline" USING btree ("alert_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_dedup" ON "alerts" USING btree ("workspace_id","dedup_key");--> statement-breakpoint
CREATE INDEX "alerts_state" ON "alerts" USING btree ("workspace_id","state","fired_at");--> statement-breakpoint
CREATE INDEX "alerts_due" ON "alerts" USING btree ("due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "budget_evaluations_period" ON "budget_evaluations" USING btree ("budget_id","period_start");--> statement-breakpoint
CREATE INDEX "budgets_of_workspace" ON "budgets" USING btree ("workspace_id");--> statement-breakpoint
CREATE UNIQUE INDEX "channels_name" ON "channels" USING btree ("workspace_id","name") WHERE removed_at IS NULL;--> statement-breakpoint
CREATE INDEX "deliveries_workspace" ON "deliveries" USING btree ("workspace_id","at");--> statement-breakpoint
CREATE INDEX "deliveries_outbox" ON "deliveries" USING btree ("outbox_id");--> statement-breakpoint
CREATE UNIQUE INDEX "escalation_paths_name" ON "escalation_paths" USING btree ("workspace_id","name") WHERE removed_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "escalation_paths_default" ON "escalation_paths" USING btree ("workspace_id") WHERE is_default AND removed_at IS NULL;--> statement-breakpoint
CREATE INDEX "guard_switches_of_workspace" ON "guard_switches" USING btree ("workspace_id","expires_at");--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("state","due_at");--> statement-breakpoint
CREATE INDEX "outbox_alert" ON "outbox" USING btree ("alert_id");--> statement-breakpoint
CREATE INDEX "outbox_workspace" ON "outbox" USING btree ("workspace_id","created_at");--> statement-breakpoint
CREATE INDEX "silences_workspace" ON "silences" USING btree ("workspace_id","ends_at");--> statement-breakpoint
CREATE INDEX "stand_ins_workspace" ON "stand_ins" USING btree ("workspace_id","ends_at");
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
ALTER TABLE "budget_evaluations" ADD CONSTRAINT "budget_evaluations_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budget_threshold_states" ADD CONSTRAINT "budget_threshold_states_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_backup_id_users_id_fk" FOREIGN KEY ("backup_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "budget_evaluations_period" ON "budget_evaluations" USING btree ("budget_id","period_start");--> statement-breakpoint
CREATE INDEX "budgets_of_workspace" ON "budgets" USING btree ("workspace_id");
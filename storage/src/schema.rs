//! The tables, as both databases have them: times in UTC without zone, money as whole won, JSON as text.

diesel::table! {
    connectors (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        platform -> Text,
        name -> Text,
        mode -> Text,
        enabled -> Bool,
        config_json -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<Timestamp>,
        lease_epoch -> BigInt,
        label -> Nullable<Text>,
        removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    store_orders (id) {
        id -> BigInt,
        connector_id -> BigInt,
        platform -> Text,
        order_id -> Text,
        order_group_id -> Nullable<Text>,
        ordered_at -> Text,
        date_kst -> Text,
        status -> Text,
        state -> Text,
        amount -> BigInt,
        order_place_id -> Nullable<Text>,
        order_place_name -> Nullable<Text>,
        product_id -> Nullable<Text>,
        product_name -> Nullable<Text>,
        option_id -> Nullable<Text>,
        option_name -> Nullable<Text>,
        seller_code -> Nullable<Text>,
        quantity -> Nullable<BigInt>,
        unit_price -> Nullable<BigInt>,
        changed_at -> Nullable<Timestamp>,
        content_hash -> BigInt,
        observed_at -> Timestamp,
        first_seen_at -> Timestamp,
        updated_at -> Timestamp,
        meta_json -> Text,
    }
}

diesel::table! {
    metrics_daily (id) {
        id -> BigInt,
        connector_id -> BigInt,
        date -> Text,
        entity_type -> Text,
        entity_id -> Text,
        shop_no -> BigInt,
        impressions -> Nullable<BigInt>,
        clicks -> Nullable<BigInt>,
        conversions -> Nullable<BigInt>,
        conversion_value -> Nullable<BigInt>,
        spend -> Nullable<BigInt>,
        content_hash -> BigInt,
        observed_at -> Timestamp,
        updated_at -> Timestamp,
        meta_json -> Text,
    }
}

diesel::table! {
    meta (connector_id, key) {
        connector_id -> BigInt,
        key -> Text,
        value -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    sync_logs (id) {
        id -> BigInt,
        connector_id -> BigInt,
        stream -> Text,
        mode -> Text,
        runner -> Text,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        window_from -> Nullable<Timestamp>,
        window_to -> Nullable<Timestamp>,
        calls -> BigInt,
        pages -> BigInt,
        seen -> BigInt,
        new_rows -> BigInt,
        changed -> BigInt,
        unchanged -> BigInt,
        older -> BigInt,
        failed -> BigInt,
        stored -> BigInt,
        duration_ms -> Nullable<BigInt>,
        outcome -> Text,
        message -> Nullable<Text>,
    }
}

diesel::table! {
    failed_records (connector_id, stream, record_key) {
        connector_id -> BigInt,
        stream -> Text,
        record_key -> Text,
        reason -> Text,
        attempts -> BigInt,
        first_seen_at -> Timestamp,
        updated_at -> Timestamp,
        meta_json -> Nullable<Text>,
    }
}

diesel::table! {
    claims (id) {
        id -> BigInt,
        connector_id -> BigInt,
        platform -> Text,
        claim_id -> Text,
        order_id -> Text,
        kind -> Text,
        state -> Text,
        status -> Text,
        order_group_id -> Nullable<Text>,
        quantity -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        line_state -> Nullable<Text>,
        requested_at -> Text,
        date_kst -> Text,
        changed_at -> Nullable<Timestamp>,
        content_hash -> BigInt,
        observed_at -> Timestamp,
        first_seen_at -> Timestamp,
        updated_at -> Timestamp,
        meta_json -> Text,
    }
}

diesel::table! {
    settlements (id) {
        id -> BigInt,
        connector_id -> BigInt,
        platform -> Text,
        settlement_id -> Text,
        kind -> Text,
        recognized_on -> Text,
        paid_on -> Nullable<Text>,
        order_group_id -> Nullable<Text>,
        order_id -> Nullable<Text>,
        product_name -> Nullable<Text>,
        sale_amount -> BigInt,
        fee -> BigInt,
        amount -> BigInt,
        content_hash -> BigInt,
        observed_at -> Timestamp,
        first_seen_at -> Timestamp,
        updated_at -> Timestamp,
        meta_json -> Text,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        seller_code -> Text,
        name -> Text,
        price -> Nullable<BigInt>,
        stock -> Nullable<BigInt>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        safety_stock -> BigInt,
        cost -> Nullable<BigInt>,
        status -> Text,
        details_json -> Text,
        removed_at -> Nullable<Timestamp>,
        reserved -> BigInt,
        stock_counted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    channel_terms (id) {
        id -> BigInt,
        product_id -> BigInt,
        connector_id -> BigInt,
        price -> Nullable<BigInt>,
        buffer -> BigInt,
        platform_json -> Text,
        last_pushed_price -> Nullable<BigInt>,
        last_pushed_stock -> Nullable<BigInt>,
        last_pushed_hash -> Nullable<BigInt>,
        last_pushed_at -> Nullable<Timestamp>,
        last_error_code -> Nullable<Text>,
        last_error_message -> Nullable<Text>,
        last_error_fix -> Nullable<Text>,
        last_error_at -> Nullable<Timestamp>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    pricing_rules (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        name -> Text,
        platform -> Nullable<Text>,
        connector_id -> Nullable<BigInt>,
        basis -> Text,
        fee_rate -> BigInt,
        margin_rate -> BigInt,
        added -> BigInt,
        round_to -> BigInt,
        rounding -> Text,
        minimum_price -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    listings (id) {
        id -> BigInt,
        connector_id -> BigInt,
        platform -> Text,
        listing_id -> Text,
        option_id -> Text,
        product_id -> Nullable<BigInt>,
        seller_code -> Nullable<Text>,
        name -> Text,
        option_name -> Nullable<Text>,
        price -> Nullable<BigInt>,
        stock -> Nullable<BigInt>,
        state -> Text,
        status -> Text,
        content_hash -> BigInt,
        observed_at -> Timestamp,
        first_seen_at -> Timestamp,
        updated_at -> Timestamp,
        meta_json -> Text,
        sold_as -> Nullable<Text>,
    }
}

diesel::table! {
    intents (id) {
        id -> BigInt,
        connector_id -> BigInt,
        key -> Text,
        command -> Text,
        target -> Text,
        body_json -> Text,
        state -> Text,
        attempts -> BigInt,
        reference -> Nullable<Text>,
        code -> Nullable<Text>,
        message -> Nullable<Text>,
        owner -> Text,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        name -> Text,
        token_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    idempotency_keys (user_id, key) {
        user_id -> BigInt,
        key -> Text,
        request_hash -> Text,
        claimed_until -> Timestamp,
        status -> Nullable<BigInt>,
        answer -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    audit_logs (id) {
        id -> BigInt,
        at -> Timestamp,
        user_id -> Nullable<BigInt>,
        actor -> Text,
        action -> Text,
        object -> Nullable<Text>,
        status -> BigInt,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        previous_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    syncs (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        sync_type -> Text,
        status -> Text,
        connector_id -> Nullable<BigInt>,
        platforms -> Text,
        order_json -> Text,
        items_json -> Text,
        retry_of -> Nullable<BigInt>,
        runner -> Nullable<Text>,
        beat_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    stock_holds (id) {
        id -> BigInt,
        connector_id -> BigInt,
        line_id -> BigInt,
        product_id -> BigInt,
        quantity -> BigInt,
        state -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    stock_movements (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        product_id -> BigInt,
        at -> Timestamp,
        cause -> Text,
        on_hand_change -> BigInt,
        reserved_change -> BigInt,
        on_hand -> Nullable<BigInt>,
        reserved -> BigInt,
        connector_id -> Nullable<BigInt>,
        line_id -> Nullable<BigInt>,
        order_id -> Nullable<Text>,
        actor -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    stock_pushes (listing_row) {
        listing_row -> BigInt,
        connector_id -> BigInt,
        stock -> BigInt,
        pending -> Bool,
        stopped -> Bool,
        attempts -> BigInt,
        message -> Nullable<Text>,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    schedules (id) {
        id -> BigInt,
        owner_id -> BigInt,
        enabled -> Bool,
        interval_minutes -> BigInt,
        types_json -> Text,
        start_hour -> Nullable<BigInt>,
        end_hour -> Nullable<BigInt>,
        accounts_json -> Nullable<Text>,
        waiting_json -> Nullable<Text>,
        planned_at -> Timestamp,
        next_run_at -> Timestamp,
        last_run_at -> Nullable<Timestamp>,
        last_sync_id -> Nullable<BigInt>,
        note -> Nullable<Text>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    webhook_secrets (connector_id) {
        connector_id -> BigInt,
        secret -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    webhook_events (id) {
        id -> BigInt,
        connector_id -> BigInt,
        event_id -> Text,
        event_type -> Text,
        streams -> Text,
        day_kst -> Nullable<Text>,
        state -> Text,
        sync_id -> Nullable<BigInt>,
        received_at -> Timestamp,
    }
}

diesel::table! {
    search_products (id) {
        id -> BigInt,
        connector_id -> BigInt,
        product_id -> Text,
        product_name -> Text,
        seller_code -> Text,
    }
}

diesel::table! {
    search_lines (search_product, ordered_at, line_id) {
        search_product -> BigInt,
        ordered_at -> Text,
        line_id -> BigInt,
    }
}

diesel::table! {
    search_groups (connector_id, order_group_id, line_id) {
        connector_id -> BigInt,
        order_group_id -> Text,
        line_id -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(store_orders, connectors);
diesel::allow_tables_to_appear_in_same_query!(store_orders, stock_holds);
diesel::allow_tables_to_appear_in_same_query!(stock_pushes, listings);
diesel::allow_tables_to_appear_in_same_query!(tokens, users);
diesel::allow_tables_to_appear_in_same_query!(webhook_secrets, connectors);

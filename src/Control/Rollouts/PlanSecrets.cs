using System.Collections.Immutable;

namespace Snapback.Control.Rollouts;

/// <summary>
/// A plan without its secrets, for whoever may look. <see cref="SecretText"/> hides the paths of chat webhooks, in other addresses the query and
/// what looks like a token in the path, headers and metadata with the name of a credential, and bodies; hosts are shown. A plan that comes
/// back like this gets its secrets again, each only for the address that it was shown with, so that nobody can have one sent elsewhere.
/// </summary>
public static class PlanSecrets
{
    private static readonly string[] CredentialWords = ["auth", "cookie", "key", "token", "secret", "password", "signature"];

    public static RolloutPlan Hide(RolloutPlan plan) => Rewrite(plan, (_, hidden) => hidden, (_, _, hidden) => hidden);

    /// <param name="known">The plan that was shown; null if there is none.</param>
    /// <param name="lost">The first place whose secret nobody knows, or that could be either of two; else empty.</param>
    public static bool TryRestore(RolloutPlan plan, RolloutPlan? known, out RolloutPlan restored, out string lost)
    {
        var urls = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var values = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        if (known is not null)
        {
            Rewrite(
                known,
                (url, hidden) => Keep(urls, hidden.AbsoluteUri, url.AbsoluteUri, url),
                (place, value, hidden) => Keep(values, place + hidden, value, value));
        }

        var missing = "";
        restored = Rewrite(
            plan,
            (url, _) => !SecretText.IsHidden(url) ? url : Find(urls, url.AbsoluteUri) is { } real ? new Uri(real) : Miss(url.AbsoluteUri, url),
            (place, value, _) => !SecretText.IsHidden(value) ? value : Find(values, place + value) ?? Miss(place.Trim(), value));
        lost = missing;
        return lost.Length == 0;

        T Miss<T>(string what, T same)
        {
            missing = missing.Length == 0 ? what : missing;
            return same;
        }
    }

    /// <param name="url">The address and what is shown of it.</param>
    /// <param name="value">Where a header, a body or metadata stands, its value, and what is shown of it.</param>
    private static RolloutPlan Rewrite(RolloutPlan plan, Func<Uri, Uri, Uri> url, Func<string, string, string, string> value)
    {
        return plan with
        {
            Notifications = [.. plan.Notifications.Select(to => to with { Url = url(to.Url, to.ShownUrl) })],
            Hooks = [.. plan.Hooks.Select(Of)],
            Rollback = plan.Rollback with { Hooks = [.. plan.Rollback.Hooks.Select(Of)] },
            Checks = [.. plan.Checks.Select(check => check with { Source = From(check.Source) })],
        };

        Hook Of(Hook hook) => hook with { Url = url(hook.Url, SecretText.Hide(hook.Url)), Metadata = Told(hook.Metadata, "metadata", hook.Url) };

        CheckSource From(CheckSource source) => source switch
        {
            CheckSource.Prometheus { Address: { } address } prometheus => prometheus with { Address = url(address, SecretText.Hide(address)) },
            CheckSource.Web web => web with
            {
                Url = url(web.Url, SecretText.Hide(web.Url)),
                Headers = Told(web.Headers, "header", web.Url),
                // Nothing says where in it a credential stands.
                Body = web.Body is { Length: > 0 } body ? value($"the body for {SecretText.Hide(web.Url)} ", body, SecretText.Hide(body)) : web.Body,
            },
            _ => source,
        };

        ImmutableSortedDictionary<string, string> Told(ImmutableSortedDictionary<string, string> named, string what, Uri to) => named.SetItems(
            from one in named
            where CredentialWords.Any(part => one.Key.Contains(part, StringComparison.OrdinalIgnoreCase))
            select KeyValuePair.Create(one.Key, value($"{what} {one.Key} of {SecretText.Hide(to)} ", one.Value, SecretText.Hide(one.Value))));
    }

    private static T Keep<T>(Dictionary<string, HashSet<string>> secrets, string shown, string secret, T same)
    {
        (secrets.TryGetValue(shown, out var all) ? all : secrets[shown] = []).Add(secret);
        return same;
    }

    private static string? Find(Dictionary<string, HashSet<string>> secrets, string shown) =>
        secrets.TryGetValue(shown, out var all) && all.Count == 1 ? all.First() : null;
}

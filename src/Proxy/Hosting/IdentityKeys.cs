using System.Buffers.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Keys and values of the <c>Authentication</c> section that the framework passes over, or with which it would verify no token: nobody would have
/// claims, and only each request by itself would show it.
/// </summary>
internal static class IdentityKeys
{
    private const string Bearer = JwtBearerDefaults.AuthenticationScheme;

    private const string DefaultScheme = "DefaultScheme";
    private const string SigningKeys = "SigningKeys";
    private const string Issuers = nameof(TokenValidationParameters.ValidIssuers);
    private const string Audiences = nameof(TokenValidationParameters.ValidAudiences);

    private static readonly string[] Addresses = [nameof(JwtBearerOptions.Authority), nameof(JwtBearerOptions.MetadataAddress)];

    private static readonly string[] Texts =
    [
        .. Addresses, nameof(TokenValidationParameters.ValidIssuer), nameof(TokenValidationParameters.ValidAudience),
        nameof(JwtBearerOptions.Challenge),
    ];

    private static readonly string[] Switches =
    [
        nameof(JwtBearerOptions.RequireHttpsMetadata), nameof(TokenValidationParameters.ValidateIssuer),
        nameof(TokenValidationParameters.ValidateAudience), nameof(JwtBearerOptions.RefreshOnIssuerKeyNotFound),
        nameof(JwtBearerOptions.IncludeErrorDetails), nameof(JwtBearerOptions.SaveToken), nameof(JwtBearerOptions.MapInboundClaims),
    ];

    private static readonly string[] Times = [nameof(JwtBearerOptions.BackchannelTimeout), nameof(JwtBearerOptions.RefreshInterval)];

    /// <summary>A text in place of the whole section may be whatever the environment has under that name.</summary>
    public static IEnumerable<string> Problems(IConfiguration configuration)
    {
        var all = configuration.GetSection("Authentication");
        var schemes = all.GetSection("Schemes");
        var bearer = schemes.GetSection(Bearer);
        const string form = """{ "Authority": "https://login.example.com", "ValidAudiences": [ "shop" ] }""";
        return
        [
            .. KnownKeys.Text(schemes, $$"""{ "{{Bearer}}": {{form}} }"""),
            .. KnownKeys.Text(bearer, form),
            .. KnownKeys.Others(all, "Schemes", DefaultScheme),
            .. KnownKeys.Others(schemes, Bearer),
            .. all[DefaultScheme] is { Length: > 0 } scheme && scheme != Bearer
                ? [$"Authentication:{DefaultScheme}: '{scheme}' is not there, so no request could be answered. Write {Bearer}, or leave it out."]
                : (string[])[],
            .. bearer.GetChildren().Any() ? OfBearer(bearer) : [],
        ];
    }

    private static IEnumerable<string> OfBearer(IConfigurationSection bearer)
    {
        var keys = bearer.GetSection(SigningKeys).GetChildren().ToList();
        return
        [
            .. KnownKeys.Others(bearer, [.. Texts, .. Switches, .. Times, Issuers, Audiences, SigningKeys]),
            .. KnownKeys.Lists(Texts.Concat(Switches).Concat(Times).Select(bearer.GetSection), ""),
            .. new[] { Issuers, Audiences }.Select(bearer.GetSection).SelectMany(list => KnownKeys.Text(list, $"""[ "{list.Value}" ]""")),
            .. KnownKeys.Text(bearer.GetSection(SigningKeys), """[ { "Issuer": "…", "Value": "…" } ]"""),
            .. Broken(bearer, Switches, typeof(bool)),
            .. Broken(bearer, Times, typeof(TimeSpan)),
            .. Rules(bearer, keys),
            .. keys.SelectMany(key => OfKey(key, bearer, keys)),
        ];
    }

    private static IEnumerable<string> Broken(IConfigurationSection bearer, string[] names, Type type) => names.Select(bearer.GetSection)
        .Where(one => !string.IsNullOrEmpty(one.Value))
        .Select(one => SettingText.Broken(type, one.Value!) is var (rule, _) ? $"{one.Path} is '{one.Value}': {rule}" : null)
        .OfType<string>();

    /// <summary>With any of these broken every token would be refused, or its claims would not be found.</summary>
    private static IEnumerable<string> Rules(IConfigurationSection bearer, List<IConfigurationSection> keys)
    {
        if (!Names(bearer, nameof(TokenValidationParameters.ValidAudience), Audiences).Any()
            && !bool.FalseString.Equals(bearer[nameof(TokenValidationParameters.ValidateAudience)], StringComparison.OrdinalIgnoreCase))
        {
            yield return $"{bearer.Path} names no audience, so every token would be refused. Name those that tokens are issued for with {Audiences}, "
                + $"or write \"{nameof(TokenValidationParameters.ValidateAudience)}\": false to take any.";
        }

        if (keys.Count == 0 && string.IsNullOrEmpty(bearer[SigningKeys]) && Addresses.All(address => string.IsNullOrEmpty(bearer[address])))
        {
            yield return $"{bearer.Path} names no keys, so every token would be refused. Say who has them with "
                + $"{nameof(JwtBearerOptions.Authority)}, or give them with {SigningKeys}.";
        }

        var insecure = bool.TryParse(bearer[nameof(JwtBearerOptions.RequireHttpsMetadata)], out var required) && !required;
        foreach (var address in Addresses.Select(bearer.GetSection).Where(one => !insecure && !string.IsNullOrEmpty(one.Value)))
        {
            if (!address.Value!.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            {
                yield return $"{address.Path} is '{YarpRules.Shown(address.Value)}': keys are fetched by HTTPS alone. Write https://, "
                    + $"or \"{nameof(JwtBearerOptions.RequireHttpsMetadata)}\": false where you develop.";
            }
        }

        if (bool.TryParse(bearer[nameof(JwtBearerOptions.MapInboundClaims)], out var maps) && maps)
        {
            yield return $"{bearer.Path}:{nameof(JwtBearerOptions.MapInboundClaims)} is true, but claims keep the names that they have in the token. "
                + "Leave it out, and write these names in plans.";
        }
    }

    private static IEnumerable<string> OfKey(IConfigurationSection key, IConfigurationSection bearer, List<IConfigurationSection> keys)
    {
        if (key.Value is not null)
        {
            return [$$"""{{key.Path}} is one text, which nothing reads. Write { "Issuer": "…", "Value": "…" }."""];
        }

        var issuer = key["Issuer"] ?? "";
        return
        [
            .. KnownKeys.Others(key, "Issuer", "Value", "Id", "Length"),
            .. Base64.IsValid(key["Value"] ?? "") && key["Value"] is { Length: > 0 }
                ? (string[])[]
                : [$"{key.Path}:Value is no key. Write its bytes in base64."],
            .. Names(bearer, nameof(TokenValidationParameters.ValidIssuer), Issuers).Contains(issuer, StringComparer.Ordinal)
                ? (string[])[]
                : [$"{key.Path}:Issuer is '{issuer}', which {Issuers} does not name, so it would verify nothing. Name it there."],
            .. keys.Find(other => other["Issuer"] == issuer) is { } first && first.Path != key.Path
                ? [$"{key.Path}:Issuer is '{issuer}', as that of {first.Path}, and an issuer has one key. Leave one of them out."]
                : (string[])[],
        ];
    }

    private static IEnumerable<string> Names(IConfigurationSection bearer, string one, string several) =>
        bearer.GetSection(several).GetChildren().Append(bearer.GetSection(several)).Append(bearer.GetSection(one))
            .Select(name => name.Value ?? "").Where(name => name.Length > 0);
}

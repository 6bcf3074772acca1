using Checkout;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

// An application that asks Microsoft.FeatureManagement for the flag payments-v2, whose definition comes from Snapback:
//   checkout --urls http://127.0.0.1:5001 --Snapback:Flags http://127.0.0.1:8082 [--Snapback:Token …]
var builder = WebApplication.CreateBuilder(args);
var snapback = builder.Configuration.GetSection("Snapback");
builder.Services.AddHttpClient(nameof(SnapbackFlags), http =>
{
    http.BaseAddress = new Uri(snapback["Flags"] ?? "http://127.0.0.1:8082");
    // Until the head of an answer; the stream of events goes on.
    http.Timeout = TimeSpan.FromSeconds(5);
    http.DefaultRequestHeaders.Authorization = snapback["Token"] is { } token ? new("Bearer", token) : null;
});
builder.Services.AddSingleton<SnapbackFlags>();
builder.Services.AddHostedService(services => services.GetRequiredService<SnapbackFlags>());
// Before AddFeatureManagement, which would take the configuration's own definitions otherwise.
builder.Services.AddSingleton<IFeatureDefinitionProvider>(services => services.GetRequiredService<SnapbackFlags>());
builder.Services.AddFeatureManagement();
var app = builder.Build();

app.MapGet("/checkout", async (HttpRequest request, IVariantFeatureManager features, decimal amount = 0) =>
{
    // Whoever has no name is asked for without a context: the library takes an empty name for a user like any other.
    var user = request.Headers["X-User-Id"].ToString();
    var isNew = user.Length > 0
        ? await features.IsEnabledAsync("payments-v2", new TargetingContext { UserId = user })
        : await features.IsEnabledAsync("payments-v2");

    // The new checkout has a bug: it cannot take large amounts.
    return isNew && amount > 1000
        ? Results.Problem("payments-v2 cannot take large amounts")
        : Results.Text($"{(isNew ? "new" : "old")} checkout; the proxy says {request.Headers["x-snapback-flag"]}");
});

app.Run();
